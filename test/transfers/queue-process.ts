import { closeSync, openSync } from 'node:fs'
import { openJob, uploadFiles } from './open-job.ts'

// A queue in a process of its own, to be killed. It goes on with what its journal has, or begins with its job.
const { job, session, queue } = await openJob({
  onSnapshot: ({ movedBytes }) => void process.stdout.write(`${movedBytes}\n`),
  onBatchEnded({ done, failed }) {
    process.stdout.write(`ended ${done} ${failed}\n`)
    void queue.close().then(() => session.destroy())
  },
})
const { bucket, keys, folder, withoutDescriptorsMs = 0, manyKeys = 0 } = job

/** Opens what can be opened, and gives it back in a while. */
function takeAllDescriptors(forMs: number): void {
  const taken: number[] = []
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'))
  } catch {
    process.stdout.write(`without ${taken.length}\n`)
  }
  setTimeout(() => taken.forEach((descriptor) => closeSync(descriptor)), forMs)
}

const where = { profileId: 'p', bucket, prefixes: [], folder }
const restored = queue.restore()
if (manyKeys > 0) {
  if (restored === 0)
    await queue.download({ ...where, keys: Array.from({ length: manyKeys }, (_, index) => `many/${index}`) })
  queue.pause('all')
  const { counts, transfers } = queue.snapshot()
  process.stdout.write(`paused ${counts.paused} shown ${transfers.length}\n`)
  if (restored > 0) queue.cancel('all')
  else await queue.close().then(() => session.destroy())
} else if (restored === 0) {
  if (job.files.length > 0)
    await uploadFiles(queue, job, () => {
      if (withoutDescriptorsMs > 0) takeAllDescriptors(withoutDescriptorsMs)
    })
  if (keys.length > 0) await queue.download({ ...where, keys })
}
