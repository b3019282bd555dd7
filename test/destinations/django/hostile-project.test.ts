import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { useProjectFolder } from './project-fixture.ts'
import { canarySecret } from './tutorial-projects.ts'

const fixture = useProjectFolder()
const { read } = fixture

describe('a hostile or broken project', () => {
  test('runs nothing, follows no symlink, and is told what is wrong', async () => {
    await expect(read({ 'readme.md': 'no settings' })).rejects.toMatchObject({ error: { code: 'not-found' } })
    await expect(read({ 'settings.py': 'x = """never ends' })).rejects.toMatchObject({
      error: { code: 'not-found' },
    })
    const outside = await mkdtemp(join(tmpdir(), 'pail-outside-'))
    await writeFile(join(outside, 'secrets.py'), 'AWS_STORAGE_BUCKET_NAME = "leaked"')
    await symlink(join(outside, 'secrets.py'), join(fixture.root, 'linked.py'))
    const project = await read({
      'settings.py': `
from linked import *
from settings import *
import os
os.system('touch ' + os.path.join('${fixture.root}', 'was-run'))
AWS_LOCATION = __import__('os').popen('id').read()
for AWS_LOCATION in range(3): pass
AWS_S3_REGION_NAME = ${'('.repeat(200)}1${')'.repeat(200)}
AWS_DEFAULT_ACL = ${'"%s" % '.repeat(50)}"x"
STATICFILES_STORAGE = 'storages.backends.s3boto3.S3Boto3Storage'
AWS_STORAGE_BUCKET_NAME = {'__proto__': 'polluted'}['__proto__']
DEFAULT_FILE_STORAGE = 'storages.backends.s3boto3.S3Boto3Storage'
print 'python 2'
`,
    })
    expect(project.files).toEqual(['settings.py'])
    expect(project.destinations[0]?.destination).toMatchObject({ bucket: 'polluted', prefix: null })
    expect(project.questions.map(({ name, line }) => [name, line])).toContainEqual(['AWS_LOCATION', 7])
    await rm(outside, { recursive: true, force: true })
  })

  test('a secret by any other name is not answered', async () => {
    const project = await read({
      'settings.py': `
import os
AWS_SECRET_ACCESS_KEY = os.environ.get('AWS_SECRET_ACCESS_KEY', '${canarySecret}')
AWS_LOCATION = 'a/' + AWS_SECRET_ACCESS_KEY
AWS_STORAGE_BUCKET_NAME = f"b-{os.environ['API_TOKEN']}"
AWS_S3_CUSTOM_DOMAIN = '{}.example.org'.format(AWS_SECRET_ACCESS_KEY)
AWS_S3_ENDPOINT_URL = 'https://user:${encodeURIComponent(canarySecret)}@s3.example.org/path'
DEFAULT_FILE_STORAGE = 'storages.backends.s3boto3.S3Boto3Storage'
`,
      '.env': `API_TOKEN=${canarySecret}\n`,
    })
    expect(project.profiles[0]?.endpoint).toBe('https://s3.example.org')
    expect(project.destinations[0]?.destination).toMatchObject({ bucket: null, prefix: null, baseUrl: null })
    expect(project.questions.map(({ name }) => name).toSorted()).toEqual([
      'AWS_LOCATION',
      'AWS_S3_CUSTOM_DOMAIN',
      'AWS_STORAGE_BUCKET_NAME',
    ])
  })
})
