"""The program ``esl-bridge``, also ``python -m esl_bridge``."""

import signal

# Control-C ends the program without a word, also while it is being loaded; who has something to
# bring to its end takes the signal later.
signal.signal(signal.SIGINT, signal.SIG_DFL)

from gevent import monkey

monkey.patch_all()

from esl_bridge.cli import main

if __name__ == "__main__":
    main()
