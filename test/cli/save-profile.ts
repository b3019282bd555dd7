import { createBackend } from '../../src-main/backend/create-backend.ts'
import { createFileLog } from '../../src-main/logging/file-log.ts'
import { createRedactor } from '../../src-main/logging/redact.ts'
import { saveProfile } from '../backend/saved-profile.ts'

// Saves a profile as the application would, in the system's keychain: save-profile.ts DIRECTORY ENDPOINT KEY SECRET
const [directory = '', endpoint = '', accessKeyId = '', secretAccessKey = ''] = process.argv.slice(2)

const backend = await createBackend({
  userDataDirectory: directory,
  host: 'electron',
  version: '0.0.0',
  platform: 'linux',
  resourcesDirectory: directory,
  clipboard: null,
  dialogs: null,
  log: createFileLog({ directory: null, redactor: createRedactor('/nowhere'), level: 'error', echo: null }),
})
await saveProfile(backend.api, { endpoint, accessKeyId, secretAccessKey }, {}, false)
await backend.close()
