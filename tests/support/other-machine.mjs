// Loaded into a command line before its first line: lets it believe that it runs on a machine of another name, and of
// another time. OTHER_MACHINE: {"name": "…", "clockAhead": milliseconds}
import os from "node:os";
import { syncBuiltinESMExports } from "node:module";

const { name, clockAhead } = JSON.parse(process.env.OTHER_MACHINE);
os.hostname = () => name;
syncBuiltinESMExports();

const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...given) {
    super(...(given.length === 0 ? [RealDate.now() + clockAhead] : given));
  }

  static now() {
    return RealDate.now() + clockAhead;
  }
};
