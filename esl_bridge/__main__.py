"""The program ``esl-bridge``."""

from gevent import monkey

monkey.patch_all()

from esl_bridge.cli import main  # noqa: E402

if __name__ == "__main__":
    main()
