import { execFileSync } from 'node:child_process'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { JsonMistake, parseLocatedJson } from '../../src-main/cli/located-json.ts'
import { readRules } from '../../src-main/cli/read-rules.ts'
import { UsageError } from '../../src-main/cli/usage-error.ts'

/** Nobody presses Ctrl+C. */
const never = new AbortController().signal

describe('JSON with places', () => {
  test('means what JSON.parse means', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(undefined, 1, '\t'), (text, space) => {
        const spaced = JSON.stringify(JSON.parse(text), null, space)
        expect(JSON.stringify(parseLocatedJson(spaced).value)).toBe(JSON.stringify(JSON.parse(spaced)))
      }),
    )
  })

  test('is refused where JSON.parse refuses', () => {
    fc.assert(
      fc.property(
        fc.json(),
        fc.nat(),
        fc.constantFrom('', ',', '"', '}', '0', '\\', '\n'),
        (text, at, put) => {
          const place = at % (text.length + 1)
          const changed = text.slice(0, place) + put + text.slice(place + 1)
          let valid = true
          try {
            JSON.parse(changed)
          } catch {
            valid = false
          }
          try {
            parseLocatedJson(changed)
            expect(valid).toBe(true)
          } catch (error) {
            expect(error).toBeInstanceOf(JsonMistake)
            // The one thing that JSON.parse takes and we do not: a name that is given twice.
            if (valid) expect((error as Error).message).toMatch(/given twice/)
          }
        },
      ),
    )
  })

  test('deep nesting is a mistake and not an overflow', () => {
    expect(() => parseLocatedJson('['.repeat(100_000))).toThrow(/nested too deeply/)
  })
})

describe('--rules FILE', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pail-rules-'))
  })
  afterEach(() => rm(directory, { recursive: true, force: true }))

  async function read(text: string | Buffer) {
    await writeFile(join(directory, 'rules.json'), text)
    return readRules(join(directory, 'rules.json'), 'rules.json', never)
  }

  async function mistake(text: string | Buffer): Promise<string> {
    const error = await read(text).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UsageError)
    return (error as Error).message
  }

  test('is a list of rules', async () => {
    expect(
      await read(
        '[{ "glob": "*.html", "cacheControl": "no-cache" },\n {"glob": "*", "fingerprinted": true, "visibility": "public"}]\n',
      ),
    ).toEqual([
      { glob: '*.html', cacheControl: 'no-cache' },
      { glob: '*', fingerprinted: true, visibility: 'public' },
    ])
    expect(await read('[]')).toEqual([])
  })

  test.each([
    ['', 'line 1, column 1: The text ends where a value is expected'],
    ['[\n  {"glob": "*"},\n]', 'line 3, column 1: Expected a value'],
    ['[\n  {"glob": "*" "x": 1}]', 'line 2, column 16: Expected a comma or }'],
    ['[{"glob": "*}]', 'line 1, column 11: This string is not closed or not valid'],
    ["[{'glob': '*'}]", 'line 1, column 3: Expected a name in double quotes'],
    ['[] []', 'line 1, column 4: There is something behind the end'],
    ['[{"glob":"a","glob":"b"}]', 'line 1, column 14: “glob” is given twice'],
    ['{}', 'line 1, column 1: The file holds a list of rules: [ { … }, … ].'],
    ['["*.html"]', 'line 1, column 2: A rule is an object such as { "glob": '],
    ['[\n  {"glob": "*"},\n  {"cacheControl": "no-cache"}\n]', 'line 3, column 3: “glob”: is missing.'],
    ['[{"glob": ""}]', 'line 1, column 11: “glob”: is too short.'],
    ['[{"glob": null}]', 'line 1, column 11: “glob”: takes text in double quotes.'],
    [
      '[{"glob": "*", "fingerprinted": false}]',
      'line 1, column 33: “fingerprinted”: takes true, or is left out.',
    ],
    [`[{"glob": "${'x'.repeat(513)}"}]`, 'line 1, column 11: “glob”: is too long.'],
    [
      JSON.stringify(Array.from({ length: 101 }, () => ({ glob: '*' }))),
      'line 1, column 1: The file has more than 100 rules.',
    ],
    ['[\n  {"glob": "*",\n   "cache-control": "x"}\n]', 'line 3, column 4: A rule has no “cache-control”'],
    [
      '[\n  {"glob": "*",\n   "cacheControl": 60}\n]',
      'line 3, column 20: “cacheControl”: takes text in double quotes.',
    ],
    ['[{"glob": "!*"}]', 'line 1, column 11: “glob”: cannot begin with !'],
    ['[{"glob": "[a", "cacheControl": "no-cache"}]', 'line 1, column 11: “glob”: has a [ without its ]'],
    [
      '[{"glob": "*.js", "fingerprinted": true}]',
      'line 1, column 2: The rule does not say what its files get',
    ],
    [
      '[{"glob": "*", "contentType": "css"}]',
      'line 1, column 31: “contentType”: takes a media type such as text/css',
    ],
    [
      '[{"glob": "*",\n "contentEncoding": "gz ip"}]',
      'line 2, column 21: “contentEncoding”: takes the name of an encoding such as gzip or br',
    ],
    [
      '[{"glob": "*",\n  "visibility": "everybody"}]',
      'line 2, column 17: “visibility”: takes public or private',
    ],
    [
      '[{"glob": "*",\n  "precompress": "zip"}]',
      'line 2, column 18: “precompress”: takes siblings, gzip, br or off',
    ],
    ['[{"__proto__": {}, "glob": "*"}]', 'line 1, column 3: A rule has no “__proto__”'],
  ])('of %j it says %s', async (text, words) => {
    expect(await mistake(text)).toContain(`--rules rules.json, ${words}`)
  })

  test('a file that cannot be read is named', async () => {
    await expect(readRules(join(directory, 'none.json'), 'none.json', never)).rejects.toThrow(
      new UsageError('--rules none.json: There is no such file.'),
    )
    await expect(readRules(directory, '.', never)).rejects.toThrow(/cannot be read \(EISDIR\)/)
    expect(await mistake(Buffer.from([0x5b, 0xff]))).toMatch(/not text in UTF-8/)
    expect(await mistake(' '.repeat(1024 * 1024 + 1))).toMatch(/larger than 1 MiB/)
  })

  // Windows has no such files.
  describe.skipIf(process.platform === 'win32')('a named pipe', () => {
    const pipe = () => join(directory, 'pipe')
    beforeEach(() => void execFileSync('mkfifo', [pipe()]))

    test('is waited for until somebody has written to it', async () => {
      const reading = readRules(pipe(), 'pipe', never)
      await sleep(100)
      const writer = await open(pipe(), 'w')
      await writer.write('[{"glob": "*.html",')
      await sleep(50)
      await writer.write('"cacheControl": "no-cache"}]')
      await writer.close()
      expect(await reading).toEqual([{ glob: '*.html', cacheControl: 'no-cache' }])
    })

    test('that nobody writes to is left with Ctrl+C', async () => {
      const pressed = new AbortController()
      const reading = readRules(pipe(), 'pipe', pressed.signal)
      setTimeout(() => pressed.abort('interrupted'), 100)
      await expect(reading).rejects.toMatchObject({ error: { code: 'cancelled' } })
    })
  })

  // Windows has no such file.
  test.skipIf(process.platform === 'win32')('one that has no end is not read to it', async () => {
    await expect(readRules('/dev/zero', 'zero', never)).rejects.toThrow(/larger than 1 MiB/)
  })
})
