// Imported before a program (NODE_OPTIONS=--import=…): writes what the process used to the file PAIL_USAGE_FILE when it
// ends, so that a test can hold it to a limit without GNU time.
import { writeFileSync } from 'node:fs'

const file = process.env.PAIL_USAGE_FILE
process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  const usage = { cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, megabytes: (maxRSS * 1024) / 1e6 }
  if (file) writeFileSync(file, JSON.stringify(usage))
})
