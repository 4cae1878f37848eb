"""The program ``esl-bridge``, also ``python -m esl_bridge``."""

import signal

# Ctrl-C ends the program silently, even while it is loading; commands that have to clean up handle
# the signal later.
signal.signal(signal.SIGINT, signal.SIG_DFL)

from gevent import monkey

monkey.patch_all()

from esl_bridge.cli import main

if __name__ == "__main__":
    main()
