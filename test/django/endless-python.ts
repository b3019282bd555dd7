import { runDjango } from './django-process.ts'
import { installedDjango } from './django-project.ts'

// Waits for a program that never ends, as a test does that is given up; the folder is where it says which process it is.
await runDjango(
  installedDjango!,
  ['-c', 'import os, time\nopen("pid", "w").write(f"{os.getpid()}\\n")\nwhile True: time.sleep(1)'],
  { directory: process.argv[2]!, environment: {} },
)
