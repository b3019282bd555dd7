// Lists a bucket with a certificate to trust beside the system's, in a process of its own: Node reads those at its start.
import { listObjectsPage } from '../../src-main/s3/list-objects.ts'
import { testSession } from '../s3/scripted-server.ts'

const [endpoint = '', ca = ''] = process.argv.slice(2)
const session = testSession(endpoint, { ca, addressing: 'path' })
await listObjectsPage(session, { bucket: 'bucket', prefix: '' })
session.destroy()
process.stdout.write('listed')
