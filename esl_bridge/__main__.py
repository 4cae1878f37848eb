"""The program ``esl-bridge``, also ``python -m esl_bridge``."""

from gevent import monkey

monkey.patch_all()

from esl_bridge.cli import main

if __name__ == "__main__":
    main()
