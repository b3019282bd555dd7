import { chmod, mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { globList } from '../../src-main/sync/glob.ts'
import { parseIgnoreFile } from '../../src-main/sync/ignore-files.ts'
import { allRows, changes, startSyncFixture, type SyncFixture } from './sync-fixture.ts'

describe('the lines of an ignore file', () => {
  test.each([
    ['a\n\nb\n', ['a', 'b']],
    ['# comment\n\\#file\n', ['\\#file']],
    ['a  \nb\\ \nc\\\\ \n', ['a', 'b\\ ', 'c\\\\']],
    ['a\r\nb\r\n', ['a', 'b']],
    ['\uFEFFa', ['a']],
    [' a', [' a']],
    ['   \n', []],
    ['a #b', ['a #b']],
  ])('%j are %j', (text, patterns) => {
    expect(parseIgnoreFile(text)).toEqual(patterns)
  })
})

/** The rules of the section PATTERN FORMAT in gitignore(5), one after the other. */
describe('gitignore(5)', () => {
  test.each([
    // A pattern with a hash or an exclamation mark behind a backslash.
    ['\\#file', '#file', true],
    ['\\!important!.txt', '!important!.txt', true],
    // A separator at the beginning or in the middle: relative to the level of the ignore file.
    ['doc/frotz/', 'doc/frotz/', true],
    ['doc/frotz/', 'a/doc/frotz/', false],
    ['frotz/', 'frotz/', true],
    ['frotz/', 'a/frotz/', true],
    ['/*.c', 'cat-file.c', true],
    ['/*.c', 'mozilla-sha1/sha1.c', false],
    ['foo/*', 'foo/test.json', true],
    ['foo/*', 'foo/bar/', true],
    ['foo/*', 'a/foo/test.json', false],
    // A separator at the end: folders only.
    ['foo/', 'foo/', true],
    ['foo/', 'foo', false],
    // Asterisk, question mark and range do not match a slash.
    ['foo/*.c', 'foo/bar/hello.c', false],
    ['foo?bar', 'foo/bar', false],
    ['foo[/]bar', 'foo/bar', false],
    ['[a-z].txt', 'q.txt', true],
    ['[a-zA-Z]', 'Q', true],
    // A leading **/ is any folder.
    ['**/foo', 'foo', true],
    ['**/foo', 'a/b/foo', true],
    ['**/foo/bar', 'a/foo/bar', true],
    ['**/foo/bar', 'a/foo/b/bar', false],
    // A trailing /** is everything inside, with infinite depth, and not the folder itself.
    ['abc/**', 'abc/a/b', true],
    ['abc/**', 'abc/', false],
    ['abc/**', 'x/abc/a', false],
    // Between slashes: zero or more folders.
    ['a/**/b', 'a/b', true],
    ['a/**/b', 'a/x/b', true],
    ['a/**/b', 'a/x/y/b', true],
    ['a/**/b', 'x/a/b', false],
    // Other stars next to each other are regular ones.
    ['foo**bar', 'fooxbar', true],
    ['foo**bar', 'foo/bar', false],
    // A backslash at the end matches never.
    ['foo\\', 'foo', false],
    ['foo\\', 'foo\\', false],
    ['foo\\\\', 'foo\\', true],
  ])('%j on %j: %j', (pattern, path, expected) => {
    expect(globList([pattern], { gitignore: true }).verdict(path) === true).toBe(expected)
  })
})

describe('.pailignore', () => {
  let fixture: SyncFixture
  beforeEach(async () => {
    fixture = await startSyncFixture()
  })
  afterEach(() => fixture.close())

  test('leaves out what it names, at the root and below, the nearest deciding', async () => {
    await fixture.write({
      '.pailignore': '# drafts\n*.psd\n/build/\n!logo.psd\n',
      'a.psd': '1',
      'logo.psd': '2',
      'build/x.js': '3',
      'blog/build/x.js': '4',
      'blog/.pailignore': '*.txt\n!*.psd\nlogo.psd\n',
      'blog/a.psd': '5',
      'blog/logo.psd': '6',
      'blog/n.txt': '7',
      'n.txt': '8',
    })
    const planned = await fixture.plan()
    expect(changes(planned)).toEqual([
      'upload new blog/a.psd',
      'upload new blog/build/x.js',
      'upload new logo.psd',
      'upload new n.txt',
      'blocked excluded .pailignore',
      'blocked excluded a.psd',
      'blocked excluded blog/.pailignore',
      'blocked excluded blog/logo.psd',
      'blocked excluded blog/n.txt',
      'blocked excluded build/',
    ])
    expect(planned.warnings).toEqual([
      '4 files or folders left out, because .pailignore says so: a.psd, blog/logo.psd, blog/n.txt, build/.',
    ])
  })

  test('as in git, nothing comes back below a folder that is left out, but below /** it does', async () => {
    await fixture.write({
      '.pailignore': 'a/\n!a/x.txt\nb/**\n!b/x.txt\n',
      'a/.pailignore': '!x.txt\n',
      'a/x.txt': '1',
      'b/x.txt': '2',
      'b/y.txt': '3',
    })
    expect(changes(await fixture.plan()).filter((row) => !row.includes('.pailignore'))).toEqual([
      'upload new b/x.txt',
      'blocked excluded a/',
      'blocked excluded b/y.txt',
    ])
  })

  test('S51: it cannot bring back what looks like a secret; the person’s own pattern can, and decides over it', async () => {
    await fixture.write({
      '.pailignore': '!.env\n!*.pem\n*.txt\n',
      '.env': 'SECRET=1',
      'cert.pem': 'x',
      'a.txt': 'a',
      'b.txt': 'b',
    })
    const rows = async (exclude: string[]) =>
      changes(await fixture.plan({ exclude })).filter((row) => row.startsWith('upload'))
    expect(await rows([])).toEqual([])
    expect(await rows(['!*.pem', '!a.txt'])).toEqual(['upload new a.txt', 'upload new cert.pem'])
  })

  test('S50: objects of what is left out are never removed', async () => {
    await fixture.write({ '.pailignore': '/uploads/\n*.psd\n', 'a.txt': 'a' })
    await fixture.publish({ 'uploads/1.jpg': 'x', 'x.psd': 'x', 'deep/er/y.psd': 'x', 'old.txt': 'x' })
    expect(allRows(await fixture.plan({ removeRemoteOnly: true }))).toEqual([
      'upload new a.txt',
      'delete remote-only old.txt',
      'blocked excluded .pailignore',
      'skip excluded deep/er/y.psd',
      'skip excluded uploads/1.jpg',
      'skip excluded x.psd',
    ])
  })

  test.each([
    ['is not UTF-8', Buffer.from([0x61, 0xff]), 'It is not text in UTF-8.'],
    ['is too large', Buffer.alloc(256 * 1024 + 1, 'a'), 'It is larger than 256 KiB.'],
    ['has too many patterns', 'a\n'.repeat(1001), 'It has more than 1,000 patterns.'],
  ])('a folder whose file %s is not sent, and stops removals', async (_, content, why) => {
    await fixture.write({ 'a.txt': 'a', 'sub/.pailignore': content, 'sub/secret.txt': 's' })
    await fixture.publish({ 'old.txt': 'x' })
    const planned = await fixture.plan({ removeRemoteOnly: true })
    expect(allRows(planned)).toEqual([
      'upload new a.txt',
      'blocked unreadable sub/',
      'skip remote-only old.txt',
    ])
    expect(planned.warnings).toContain(`Nothing below “sub/” can be sent, because of its .pailignore: ${why}`)
    await fixture.write({ '.pailignore': content })
    await expect(fixture.plan()).rejects.toMatchObject({
      error: {
        code: 'local-file',
        message: `Nothing of the folder can be sent, because of its .pailignore: ${why}`,
      },
    })
  })

  test('a link or a folder in its place keeps its folder back, and is not followed', async () => {
    await fixture.write({ 'rules.txt': '*.txt', 'sub/a.txt': 'a', 'other/a.txt': 'a' })
    await symlink(join(fixture.folder, 'rules.txt'), join(fixture.folder, 'sub', '.pailignore'))
    await mkdir(join(fixture.folder, 'other', '.pailignore'))
    const planned = await fixture.plan()
    expect(changes(planned)).toEqual([
      'upload new rules.txt',
      'blocked unreadable other/',
      'blocked unreadable sub/',
    ])
    const why = 'It is a link or no file, or changed while it was read.'
    expect(planned.warnings).toEqual(
      expect.arrayContaining(
        ['other/', 'sub/'].map(
          (folder) => `Nothing below “${folder}” can be sent, because of its .pailignore: ${why}`,
        ),
      ),
    )
  })

  test('one that may not be read keeps its folder back', async () => {
    await fixture.write({ 'sub/.pailignore': 'x', 'sub/a.txt': 'a', 'b.txt': 'b' })
    // What is loaded lazily is loaded by now: the project itself may be closed to nobody.
    await fixture.plan()
    await chmod(fixture.folder, 0o755)
    await chmod(join(fixture.folder, 'sub', '.pailignore'), 0)
    // No mode keeps root out: it plans as nobody.
    const isRoot = process.getuid?.() === 0
    if (isRoot) process.seteuid?.(65534)
    try {
      expect(changes(await fixture.plan())).toEqual(['upload new b.txt', 'blocked unreadable sub/'])
    } finally {
      if (isRoot) process.seteuid?.(0)
    }
  })

  test('keys of the bucket that begin with a slash or have empty names are no trouble', async () => {
    await fixture.write({ '.pailignore': '*.psd\n', 'a.txt': 'a' })
    for (const key of ['/x.psd', '//y.txt', 'a//z.psd']) await fixture.put(key, 'x')
    await fixture.own(['//y.txt'])
    const rows = allRows(await fixture.plan({ removeRemoteOnly: true })).filter(
      (row) => !row.includes('pailignore'),
    )
    expect(rows).toContain('foreign excluded /x.psd')
    expect(rows).toContain('delete remote-only //y.txt')
  })
})
