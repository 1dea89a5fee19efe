// Loaded before a command line: tells, at its end, what it took.
process.on("exit", () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  process.stderr.write(`\nTOLD ${maxRSS / 1024} ${(userCPUTime + systemCPUTime) / 1000}\n`);
});
