"""One physical stock, kept true on Ozon, Wildberries and Yandex.Market."""

import sys

__version__ = "0.1.0"

# This program as another process. -P: whatever lies in the working folder is none of its modules.
PROGRAM = (sys.executable, "-P", "-m", "cloudstock")
