"""Run as `python <this folder> REQUESTS_FD REPLIES_FD`: nothing is installed into the user's environment."""

import sys

if sys.version_info < (3, 9):
    sys.exit("The bridge to SQLMesh needs Python 3.9 or later, this is %s" % sys.version.split()[0])

# Our own modules leave no compiled files behind where the package is installed; SQLMesh's may.
writes_bytecode = sys.dont_write_bytecode
sys.dont_write_bytecode = True
from oso_pipeline_bridge.server import main  # noqa: E402

sys.dont_write_bytecode = writes_bytecode

main(int(sys.argv[1]), int(sys.argv[2]))
