import { describe, expect, it } from 'vitest'
import { leftOutReason } from '../../src-main/transfers/left-out-files.ts'

describe('S51 leftOutReason', () => {
  it.each([
    '.env',
    'app/.env',
    '.env.production',
    'id_rsa',
    '.ssh/',
    'deep/.aws/',
    '.git/',
    'certs/server.pem',
    'server.key',
    'db.sqlite3',
    '.DS_Store',
    'Thumbs.db',
    '._photo.jpg',
    '.htpasswd',
    '.npmrc',
    'service-account-1.json',
    'ID_RSA',
    'terraform.tfstate',
    '.gitignore',
  ])('leaves out %s', (name) => expect(leftOutReason(name)).not.toBeNull())

  it.each([
    'index.html',
    '.well-known/',
    '.well-known/security.txt',
    'git/',
    'environment.js',
    'id_rsa.pub',
    'keys.html',
    'credentials.html',
    '.nojekyll',
    '.htaccess',
    'a.env.txt',
    'pem/',
    'release.tar.gz.asc',
  ])('keeps %s', (name) => expect(leftOutReason(name)).toBeNull())
})
