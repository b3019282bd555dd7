import { describe, expect, test } from 'vitest'
import type { DjangoProject } from '../../../src-preload/contract/django.ts'
import { useProjectFolder } from './project-fixture.ts'

const fixture = useProjectFolder()
const read = (files: Readonly<Record<string, string>>, answers: Readonly<Record<string, string>> = {}) =>
  fixture.read(files, { answers })

const asked = ({ questions }: DjangoProject) => questions.map(({ name }) => name)

describe('settings in classes of django-configurations', () => {
  const classes = {
    'site/settings.py': `
from configurations import Configuration, values
class Base(Configuration):
    AWS_LOCATION = values.Value('media')
class Dev(Base):
    DEBUG = True
class Prod(Base):
    AWS_STORAGE_BUCKET_NAME = 'b'
    DEFAULT_FILE_STORAGE = 'storages.backends.s3boto3.S3Boto3Storage'
`,
  }
  const manage = `import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.settings')\nos.environ.setdefault('DJANGO_CONFIGURATION', 'Dev')\n`

  test('are of the class that an answer names, which is asked with what the project says of it', async () => {
    const files = { ...classes, 'manage.py': manage, '.env': 'DJANGO_CONFIGURATION=Prod\n' }
    const { questions, destinations } = await read(files)
    expect(destinations).toEqual([])
    expect(questions).toMatchObject([
      {
        name: 'DJANGO_CONFIGURATION',
        variable: 'DJANGO_CONFIGURATION',
        file: 'site/settings.py',
        line: 5,
        text: 'Which class has the settings of the site: Dev, Prod? As a default, manage.py says Dev, and .env says Prod.',
      },
    ])
    expect((await read(files, { DJANGO_CONFIGURATION: 'Production' })).questions).toEqual(questions)
    const told = await read(files, { DJANGO_CONFIGURATION: 'Prod' })
    expect(told.questions).toEqual([])
    expect(told.destinations).toMatchObject([
      { destination: { bucket: 'b', prefix: 'media/', kind: 'media' } },
    ])
    expect(told.notes).toContain(
      'DJANGO_AWS_LOCATION has the default of site/settings.py, line 4; the running site may have another value.',
    )
  })

  test('are those of the only class that it could be, without being asked', async () => {
    const files = {
      'site/settings.py': classes['site/settings.py'].replace('class Dev(Base):\n    DEBUG = True\n', ''),
    }
    const { questions, destinations } = await read(files)
    expect(questions).toEqual([])
    expect(destinations).toMatchObject([{ destination: { bucket: 'b', prefix: 'media/' } }])
  })

  test('are asked as a whole where a base is not read, and a dict answers', async () => {
    const files = {
      'site/settings.py': `
from configurations import Configuration
from company.settings import Common
class Prod(Common, Configuration):
    AWS_STORAGE_BUCKET_NAME = 'b'
    DEFAULT_FILE_STORAGE = 'storages.backends.s3boto3.S3Boto3Storage'
`,
    }
    const { questions } = await read(files)
    expect(questions).toMatchObject([{ name: 'site.settings.line_4', file: 'site/settings.py', line: 4 }])
    const told = await read(files, { 'site.settings.line_4': "{'AWS_LOCATION': 'up'}" })
    expect(told.questions).toEqual([])
    expect(told.destinations).toMatchObject([{ destination: { bucket: 'b', prefix: 'up/' } }])
  })

  test('that wait for one another are asked, and nothing runs on', async () => {
    const text = `
from configurations import Configuration
class Prod(Configuration):
    AWS_STORAGE_BUCKET_NAME = 'b'
    DEFAULT_FILE_STORAGE = 'storages.backends.s3boto3.S3Boto3Storage'
    @property
    def AWS_LOCATION(self):
        return self.AWS_S3_CUSTOM_DOMAIN
    def AWS_S3_CUSTOM_DOMAIN(self):
        return self.AWS_S3_CUSTOM_DOMAIN()
`
    expect(asked(await read({ 'site/settings.py': text })).toSorted()).toEqual([
      'AWS_LOCATION',
      'AWS_S3_CUSTOM_DOMAIN',
    ])
  })
})
