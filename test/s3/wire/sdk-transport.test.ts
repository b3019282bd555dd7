import { describe } from 'vitest'
import { useTransport } from '../scripted-server.ts'

// The wire is the default of every session, so the tests of the operations run through it by themselves. Here the same
// tests run through the SDK, which is the fallback and the measure.
useTransport('sdk')

describe('through the SDK: operations', () => import('../operations.test.ts').then(() => undefined))
describe('through the SDK: presign', () => import('../presign.test.ts').then(() => undefined))
describe('through the SDK: sessions', () => import('../create-s3-session.test.ts').then(() => undefined))
describe('through the SDK: misbehaving services', () =>
  import('../misbehaving-services.test.ts').then(() => undefined))
describe('through the SDK: faults of transfers', () =>
  import('../transfer-faults.test.ts').then(() => undefined))
describe('through the SDK: faults of downloads', () =>
  import('../download-faults.test.ts').then(() => undefined))
describe('through the SDK: uploads', () => import('../upload-file.test.ts').then(() => undefined))
