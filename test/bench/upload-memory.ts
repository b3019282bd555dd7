// Uploads a file, with the list that is kept on disk, and prints as JSON by how many bytes the process has grown meanwhile
// and how many parts went at once. Usage: node upload-memory.ts ENDPOINT BUCKET FILE FOLDER HOST
import { createS3Session } from '../../src-main/s3/create-s3-session.ts'
import { usualLanes } from '../../src-main/s3/multipart-upload.ts'
import { createTransferQueue } from '../../src-main/transfers/queue.ts'
import { createSelectionStore } from '../../src-main/transfers/selection-store.ts'
import { openTransferJournal } from '../../src-main/transfers/transfer-journal.ts'
import type { EndedBatch } from '../../src-main/transfers/batch.ts'
import { nullKeys } from './start-null-server.ts'

const [endpoint = '', bucket = '', file = '', directory = '', host = ''] = process.argv.slice(2)
const session = createS3Session({
  profileId: 'p',
  endpoint,
  region: 'us-east-1',
  addressing: 'path',
  checksums: 'when-required',
  credentials: () => Promise.resolve(nullKeys),
  insecureAllowed: false,
  readsAtOnce: host === 'cli',
})
const lock = async () => async () => undefined
const journal = await openTransferJournal({ directory, name: 'app', lock })
if (journal === null) throw new Error('in use')
let most = 0
const look = () => (most = Math.max(most, process.memoryUsage.rss()))
let ended: (batch: EndedBatch) => void
const end = new Promise<EndedBatch>((resolve) => (ended = resolve))
const queue = createTransferQueue({
  session: () => Promise.resolve(session),
  journal,
  onSnapshot: look,
  onBatchEnded: (batch) => ended(batch),
})
const selections = createSelectionStore()
const { selectionId } = await selections.register([file])
const before = process.memoryUsage.rss()
// What is allocated stays for some time, so a look every now and then misses nothing.
const looking = setInterval(look, 5)
await queue.upload({
  profileId: 'p',
  bucket,
  prefix: '',
  files: selections.get(selectionId),
  visibility: 'private',
  onConflict: 'overwrite',
  cacheControl: null,
  baseUrl: null,
  linkExpirySeconds: 60,
  linkFormat: 'url',
})
const { done } = await end
look()
clearInterval(looking)
process.stdout.write(JSON.stringify({ done, grownBytes: most - before, lanes: usualLanes(session) }))
await queue.close()
session.destroy()
