import { createPace } from '../../src-main/s3/pace.ts'
import { applySync } from '../../src-main/sync/apply.ts'
import { planSync } from '../../src-main/sync/plan.ts'
import { sessionFor, usualOptions } from '../sync/sync-fixture.ts'

/** A sync in a process of its own, to be killed: it writes a dot to standard output when fifty rows are done. */
const { endpoint, accessKeyId, secretAccessKey, bucket, folder, records } = JSON.parse(
  process.argv[2] ?? '',
) as Record<'endpoint' | 'accessKeyId' | 'secretAccessKey' | 'bucket' | 'folder' | 'records', string>

// So that it is known how many rows can be under way when the process dies.
const pace = createPace({ first: 32, least: 32, most: 32, heldBytes: 1024 * 1024 })
const session = { ...sessionFor(endpoint, { accessKeyId, secretAccessKey }), pace }
const planned = await planSync(session, { folder, bucket, prefix: 'site/', options: usualOptions })
let done = 0
await applySync(session, planned, {
  confirmedDeletes: 0,
  confirmedForeign: 0,
  releasesDirectory: records,
  onDone: () => {
    done += 1
    if (done === 50) process.stdout.write('.')
  },
})
