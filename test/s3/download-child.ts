// Downloads an object in a process of its own, which a test kills: endpoint, target, checkpoint, bytes of a range.
import { getObjectToFile } from '../../src-main/s3/get-object.ts'
import { fileCheckpoint } from './file-checkpoint.ts'
import { testSession } from './scripted-server.ts'

const [endpoint = '', targetPath = '', checkpoint = '', rangeSize = ''] = process.argv.slice(2)
const session = testSession(endpoint, { checksums: 'when-supported' })
await getObjectToFile(session, {
  bucket: 'bucket',
  key: 'key',
  targetPath,
  checkpoint: fileCheckpoint(checkpoint),
  rangedThresholdBytes: Number(rangeSize),
  rangeSizeBytes: Number(rangeSize),
})
session.destroy()
