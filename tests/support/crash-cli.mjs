// The command line as it is built, with a crash point at everything it does: see crash-points.mjs.
import { crashPointsOf } from "./crash-points.mjs";

const points = crashPointsOf(process.env);
points.observeRequests();
const { main } = await import("../../dist/main.js");

process.exitCode = await main(process, { observe: (name, part) => points.observe(name, part) });
