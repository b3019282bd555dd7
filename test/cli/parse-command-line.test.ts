import { describe, expect, test } from 'vitest'
import { commands, commonOptions } from '../../src-main/cli/command-table.ts'
import type { OptionSpec } from '../../src-main/cli/command.ts'
import { commandHelp, generalHelp } from '../../src-main/cli/help.ts'
import { parseCommandLine } from '../../src-main/cli/parse-command-line.ts'
import { UsageError } from '../../src-main/cli/usage-error.ts'

/** One right command line for each command. */
const right: Readonly<Record<string, string[]>> = {
  sync: ['sync', 'folder', 's3://bucket/prefix'],
  history: ['history', 's3://bucket/prefix'],
  undo: ['undo', 's3://bucket/prefix'],
  put: ['put', 'file', 's3://bucket/prefix/'],
  transfers: ['transfers'],
  resume: ['resume'],
  get: ['get', 's3://bucket/key'],
  ls: ['ls', 's3://bucket'],
  rm: ['rm', 's3://bucket/key'],
  sweep: ['sweep', 's3://bucket'],
  link: ['link', 's3://bucket/key'],
  links: ['links'],
  'request-upload': ['request-upload', 's3://bucket/key'],
  check: ['check', 's3://bucket/key'],
  scan: ['scan', 's3://bucket/prefix'],
  'set-visibility': ['set-visibility', 'public', 's3://bucket/key'],
  access: ['access', 's3://bucket'],
  destinations: ['destinations'],
  django: ['django', 'import', 'project'],
  buckets: ['buckets'],
  mb: ['mb', 's3://new-bucket'],
  setup: ['setup', 'undo', 's3://bucket'],
  rb: ['rb', 's3://bucket'],
}

const settingUp = ['setup', 's3://new-bucket']
const exporting = ['django', 'export', 's3://bucket']

/** Command lines for options that change what the arguments are. */
const rightWith: Readonly<Record<string, string[]>> = {
  'sync --to': ['sync', 'folder'],
  'put --to': ['put', 'file'],
  'get --to': ['get', 'key', 'file'],
  'ls --to': ['ls', 'folder/'],
  'rm --to': ['rm', 'key', 'other-key'],
  'link --to': ['link', 'key'],
  'check --to': ['check', 'key'],
  'set-visibility --to': ['set-visibility', 'public', 'key'],
  'access --to': ['access'],
  'links --new-key': ['links', 'revoke', 's3://bucket/key'],
  'links --dry-run': ['links', 'revoke', 's3://bucket/key'],
  'links --yes': ['links', 'revoke', 's3://bucket/key'],
  'request-upload --to': ['request-upload', 'photo.jpg'],
  'scan --to': ['scan'],
  'set-visibility --domains': ['set-visibility', 'private', 's3://bucket/'],
  'setup --static': settingUp,
  'setup --public-media': settingUp,
  'setup --private-media': settingUp,
  'setup --preset': settingUp,
  'setup --versioning': settingUp,
  'setup --existing': settingUp,
  'setup --origin': settingUp,
  'django --out': exporting,
  'django --force': exporting,
  'django --older': exporting,
  'django --acl': exporting,
  'django --module': exporting,
  'django --origin': exporting,
}

const rightFor = (command: string, option: string): string[] =>
  rightWith[`${command} --${option}`] ?? right[command] ?? []

/** A right value for each option that takes one. */
const values: Readonly<Record<string, string>> = {
  profile: 'x',
  region: 'eu-west-1',
  'endpoint-url': 'https://s3.example.org',
  'ca-bundle': 'authority.pem',
  proxy: 'http://proxy.example.org:3128',
  'max-delete': '5',
  'cache-control': 'no-cache',
  exclude: '*.map',
  rules: 'rules.json',
  'on-conflict': 'rename',
  release: '20260304T050607089Z-abcdef',
  expires: '1h',
  'download-as': 'a.txt',
  type: 'image/jpeg',
  'max-size': '20MB',
  size: '4096',
  for: 'the printer',
  search: 'printer',
  'new-key': 'b',
  access: 'per-object',
  precompress: 'siblings',
  'check-visibility': 'all',
  'run-before': 'npm run build',
  'base-url': 'https://static.example.org',
  invalidate: 'E2QWRUHAPOMQZL',
  'page-origin': 'https://www.example.org',
  'key-template': '{name}.{ext}',
  'older-than': '2d',
  lifecycle: '7',
  to: 'Public media',
  preset: 'Reports',
  settings: 'mysite.settings',
  only: 'Static',
  set: 'AWS_STORAGE_BUCKET_NAME=assets',
  out: 'folder',
  module: 'mysite.storage_backends',
  origin: 'https://www.example.org',
}

/** Options that mean something only beside another one. */
const beside: Readonly<Record<string, readonly string[]>> = {
  'delete-foreign': ['--delete'],
  'base-url': ['--receipt'],
  'page-origin': ['--receipt'],
  'strip-prefix': ['--receipt'],
  others: ['--abort', '--older-than', '1d'],
  force: ['--json'],
  only: ['--save'],
  'strip-metadata': ['--public'],
  'send-unstripped': ['--public', '--strip-metadata'],
  older: ['--json'],
  acl: ['--json'],
  module: ['--json'],
  origin: ['--json'],
  'setup --versioning': ['--static'],
  'setup --existing': ['--static'],
  'setup --origin': ['--static'],
}

describe('the table of commands', () => {
  test('has the commands of the manual, each once', () => {
    expect(commands.map(({ name }) => name)).toEqual(Object.keys(right))
  })

  test('an option of one name has one type everywhere, or the command could not be found among options', () => {
    const types = new Map<string, string>()
    for (const options of [commonOptions, ...commands.map((command) => command.options)])
      for (const [name, { type }] of Object.entries(options))
        expect(`${name} ${types.set(name, types.get(name) ?? type).get(name)}`).toBe(`${name} ${type}`)
  })

  const options = commands.flatMap((command) =>
    Object.entries<OptionSpec>({ ...command.options, ...commonOptions })
      .filter(([option]) => option !== 'help')
      .map(([option, spec]) => ({ command: command.name, option, spec })),
  )

  test.each(options)(
    'pail $command takes --$option, before and after its arguments',
    ({ command, option, spec }) => {
      const [name = '', ...rest] = rightFor(command, option)
      const value = values[option]
      const written = [
        ...(beside[`${command} --${option}`] ?? beside[option] ?? []),
        ...(spec.type === 'string' ? [`--${option}`, value ?? ''] : [`--${option}`]),
      ]
      for (const argv of [
        [name, ...rest, ...written],
        [name, ...written, ...rest],
        ...(option in commonOptions ? [[...written, name, ...rest]] : []),
      ]) {
        const line = parseCommandLine(argv)
        if (line.kind !== 'run') throw new Error('not a run')
        expect(line.command.name).toBe(command)
        expect(line.given.positionals).toEqual(rest)
        if (spec.type === 'boolean') expect(line.given.flag(option)).toBe(true)
        else expect(spec.multiple ? line.given.list(option) : [line.given.text(option)]).toEqual([value])
      }
    },
  )

  test.each(options.filter(({ spec }) => spec.type === 'string'))(
    'pail $command --$option without a value, or with an empty one, is wrong usage',
    ({ command, option }) => {
      expect(() => parseCommandLine([...rightFor(command, option), `--${option}`])).toThrow(UsageError)
      expect(() => parseCommandLine([...rightFor(command, option), `--${option}=`])).toThrow(UsageError)
    },
  )

  test.each(options.filter(({ spec }) => spec.type === 'boolean'))(
    'pail $command --$option with a value is wrong usage',
    ({ command, option }) => {
      expect(() => parseCommandLine([...rightFor(command, option), `--${option}=yes`])).toThrow(UsageError)
    },
  )

  test.each(commands.map(({ name }) => name))('pail %s --help shows every option of the table', (name) => {
    const line = parseCommandLine([name, '--help'])
    if (line.kind !== 'help' || !line.command) throw new Error('not the help of a command')
    const text = commandHelp(line.command)
    for (const [option, { text: words }] of Object.entries({ ...line.command.options, ...commonOptions })) {
      expect(text).toContain(`--${option}`)
      expect(text).toContain(words)
    }
    expect(generalHelp()).toContain(name)
    expect(text.split('\n').filter((row) => row.length > 130)).toEqual([])
  })
})

describe('wrong usage', () => {
  test.each([
    [[]],
    [['--json']],
    [['frobnicate']],
    [['help', 'frobnicate']],
    [['toString']],
    [['sync']],
    [['sync', 'folder']],
    [['sync', 'folder', 'not-s3']],
    [['sync', 's3://bucket/a', 's3://bucket/b']],
    [['sync', 'folder', 's3://bucket/p', 'more']],
    [['sync', 'folder', 's3://bucket/p', '--max-delete', 'many']],
    [['sync', 'folder', 's3://bucket/p', '--max-delete=-1']],
    [['sync', 'folder', 's3://bucket/p', '--max-delete', '1.5']],
    [['sync', 'folder', 's3://bucket/p', '--max-delete', '1000001']],
    [['sync', 'folder', 's3://bucket/p', '--cache-control', 'a\r\nx-amz-acl: public-read']],
    [['sync', 'folder', 's3://bucket/p', '--exclude', 'x'.repeat(513)]],
    [['sync', 'folder', 's3://bucket/p', ...Array.from({ length: 101 }, () => '--exclude=x')]],
    [['sync', 'folder', 's3://bucket/p', '--private', '--public']],
    [['sync', '', 's3://bucket/p']],
    [['put', 'file']],
    [['put', 's3://bucket/']],
    [['put', 'file', 's3://bucket/no-slash']],
    [['put', 'file', 'other-file']],
    [['put', 'file', 's3://bucket/', '--on-conflict', 'maybe']],
    [['put', 'file', 's3://bucket/', '--on-conflict', 'constructor']],
    [['put', 'file', 's3://bucket/', '--private', '--public']],
    [['put', 'file', 's3://bucket/', '--strip-metadata']],
    [['put', 'file', 's3://bucket/', '--public', '--send-unstripped']],
    [['put', 'file', '--to', 'Media', '--private', '--strip-metadata']],
    [['get']],
    [['get', 's3://bucket']],
    [['get', 'key']],
    [['get', 's3://bucket/key', 'file', 'more']],
    [['ls']],
    [['ls', 'bucket']],
    [['ls', 's3://a', 's3://b']],
    [['ls', 's3://a', '--delete']],
    [['rm']],
    [['rm', 's3://bucket']],
    [['rm', 's3://bucket/key', 's3://bucket/']],
    [['link']],
    [['link', 's3://bucket']],
    [['link', 's3://bucket/key', 's3://bucket']],
    [['links', 'revoke']],
    [['links', 'revoke', 's3://bucket']],
    [['links', 'revoke', 's3://bucket/key', '--all']],
    [['links', 'remove-copy']],
    [['links', 'remove-copy', 's3://bucket']],
    [['links', 'remove-copy', 's3://bucket/key', '--yes']],
    [['links', 's3://bucket', '--yes']],
    [['links', 's3://bucket/key']],
    [['link', 's3://bucket/key', '--expires', 'soon']],
    [['link', 's3://bucket/key', '--expires', '0']],
    [['link', 's3://bucket/key', '--download-as', 'a\nb']],
    [['link', 's3://bucket/key', '--public', '--expires', '1h']],
    [['request-upload', 's3://bucket']],
    [['request-upload', 's3://bucket/folder/']],
    [['request-upload', 's3://bucket/key', '--type', 'image/jpeg\r\nx-amz-acl: public-read']],
    [['request-upload', 's3://bucket/key', '--type', 'text/plain; a="b"']],
    [['request-upload', 's3://bucket/key', '--expires', 'soon']],
    [['request-upload', 's3://bucket/key', '--max-size', 'huge']],
    [['request-upload', 's3://bucket/key', '--max-size', '0']],
    [['request-upload', 's3://bucket/key', '--max-size', '6GiB']],
    [['request-upload', 's3://bucket/key', '--size', '1', '--max-size', '1']],
    [['request-upload', '../x.jpg', '--to', 'Public media']],
    [['request-upload', 's3://bucket/key', '--to', 'Public media']],
    [['buckets', 's3://bucket']],
    [['mb']],
    [['mb', 's3://bucket/key']],
    [['mb', 's3://No_Such_Name']],
    [['mb', 's3://new-bucket', '--access', 'everything']],
    [['rb', 's3://bucket/key']],
    [['rb']],
    [['setup', 's3://new-bucket']],
    [['setup', 's3://No_Such_Name', '--static']],
    [['setup', 's3://new-bucket', 's3://b', '--static']],
    [['setup', 'undo']],
    [['setup', 'undo', 's3://bucket', '--static']],
    [['setup', 'undo', 's3://bucket', '--preset', 'Reports']],
    [['setup', 'undo', 's3://bucket', '--existing']],
    [['ls', 's3://bucket', '--version']],
    [['ls', 's3://bucket', '--no-such-option']],
    [['ls', 's3://bucket', '-x']],
  ])('%j', (argv) => {
    expect(() => parseCommandLine(argv)).toThrow(UsageError)
  })
})

describe('what is not a run', () => {
  test.each([
    [['--help'], 'help'],
    [['-h'], 'help'],
    [['help'], 'help'],
    [['help', 'sync'], 'help'],
    [['--version'], 'version'],
    // Help is given whatever else is missing.
    [['sync', '--help'], 'help'],
    [['--help', 'sync', 'a', 'b', 'c'], 'help'],
  ])('%j', (argv, kind) => {
    expect(parseCommandLine(argv).kind).toBe(kind)
  })

  test('after -- nothing is an option', () => {
    const line = parseCommandLine(['put', '--', '--public', 's3://bucket/'])
    if (line.kind !== 'run') throw new Error('not a run')
    expect(line.given.positionals).toEqual(['--public', 's3://bucket/'])
    expect(line.given.flag('public')).toBe(false)
  })
})
