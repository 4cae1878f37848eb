"""`make spec`."""

import sys

from docs.specification.made import FILES

for file, text in FILES.items():
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text(), encoding="utf-8")
    sys.stdout.write(f"{file}\n")
