import { describe, expect, test } from 'vitest'
import { useProjectFolder } from './project-fixture.ts'

const fixture = useProjectFolder()
const storages = `
AWS_STORAGE_BUCKET_NAME = 'b'
STORAGES = {
    'default': {'BACKEND': 'storages.backends.s3.S3Storage'},
    'staticfiles': {'BACKEND': 'django.contrib.staticfiles.storage.StaticFilesStorage'},
}
`
const read = async (text: string, more: Readonly<Record<string, string>> = {}, answers = {}) => {
  const project = await fixture.read({ 'site/settings.py': `${text}${storages}`, ...more }, { answers })
  const { destination } = project.destinations[0]!
  const { prefix, linkExpirySeconds } = destination
  return {
    read: [prefix, linkExpirySeconds, destination.kind === 'media' ? destination.onConflict : null],
    asked: project.questions.map(({ name, variable, line }) => [name, variable, line]),
  }
}

describe('names that environs puts something before', () => {
  const env = {
    '.env':
      'UP_PREFIX=wrong\nSITE_UP_PREFIX=right\nSITE_S3_EXPIRE=77\nEXPIRE=1\nS3_EXPIRE=2\nOVER=true\nSITE_OVER=false\n',
  }

  test('in blocks, also one in another, and in functions, and not after them', async () => {
    const told = await read(
      `
from environs import Env
env = Env()
env.read_env()
def expiry():
    with env.prefixed("S3_"):
        return env.int("EXPIRE")
with env.prefixed("SITE_"):
    AWS_LOCATION = env("UP_PREFIX")
    AWS_QUERYSTRING_EXPIRE = expiry()
AWS_S3_FILE_OVERWRITE = env.bool("OVER")
`,
      env,
    )
    expect(told).toEqual({ read: ['right/', 77, 'overwrite'], asked: [] })
  })

  test('for a whole reader', async () => {
    const told = await read(
      'import environs\nenv = environs.Env(prefix="SITE_")\nAWS_LOCATION = env.str("UP_PREFIX")\n',
      env,
    )
    expect(told.read[0]).toBe('right/')
  })

  test('are asked with them, and where they are not known', async () => {
    const text =
      'from environs import env\nwith env.prefixed("OTHER_"):\n    AWS_LOCATION = env("UP_PREFIX")\n'
    expect((await read(text, env)).asked).toEqual([['AWS_LOCATION', 'OTHER_UP_PREFIX', 3]])
    expect((await read(text, env, { OTHER_UP_PREFIX: 'told' })).read[0]).toBe('told/')
    const computed = text.replace('"OTHER_"', 'print()')
    expect((await read(computed, env)).asked).toEqual([['AWS_LOCATION', null, 3]])
  })
})

test('a variable of which files say different things is asked, once, and the answer decides', async () => {
  const text =
    'import os\nAWS_LOCATION = os.environ["UP_PREFIX"]\nAWS_QUERYSTRING_EXPIRE = os.environ["UP_EXPIRE"]\n'
  const files = { '.env': 'UP_PREFIX=a\nUP_EXPIRE=77\n', '.env.prod': 'UP_PREFIX=b\nUP_EXPIRE=77\n' }
  expect(await read(text, files)).toEqual({
    read: [null, 77, 'overwrite'],
    asked: [['AWS_LOCATION', 'UP_PREFIX', 2]],
  })
  expect(await read(text, files, { UP_PREFIX: 'c' })).toEqual({ read: ['c/', 77, 'overwrite'], asked: [] })
})

test('an answer decides what the code sets in a way that is not read, and not what it sets in so many words', async () => {
  const text = (value: string) =>
    `import os\nos.environ["UP_PREFIX"] = ${value}\nAWS_LOCATION = os.environ["UP_PREFIX"]\n`
  expect((await read(text('str(max(1, 2)) + "x"'), {}, { UP_PREFIX: 'told' })).read[0]).toBe('told/')
  expect((await read(text('"said"'), {}, { UP_PREFIX: 'told' })).read[0]).toBe('said/')
})
