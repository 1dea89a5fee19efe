"""Run as `python -B <this folder> REQUESTS_FD REPLIES_FD`: nothing is installed into the user's environment."""

import os
import sys

if sys.version_info < (3, 9):
    sys.exit("The bridge to SQLMesh needs Python 3.9 or later, this is %s" % sys.version.split()[0])

from oso_pipeline_bridge.server import main  # noqa: E402

# -B kept our own folder clean. SQLMesh may compile its modules, and starts faster for it.
sys.dont_write_bytecode = bool(os.environ.get("PYTHONDONTWRITEBYTECODE"))

main(int(sys.argv[1]), int(sys.argv[2]))
