import { describe, expect, test } from 'vitest'
import { findNameTrouble, nameTroubleWarnings } from '../../src-main/sync/name-trouble.ts'

const kindsOf = (name: string) => findNameTrouble([name]).map(({ kind }) => kind)

describe('names that are trouble', () => {
  test.each([
    ['css/site.css', []],
    ['über uns/café.html', []],
    ['.well-known/security.txt', []],
    ["it's (1) [x], {y} ~z!@$=;^.txt", []],
    ['_next/static/chunks/pages/[id]-55e7cbb9ba48.js', []],
    ['emoji 🪣.png', []],
    ['a:b.txt', ['windows']],
    ['quo"te.txt', ['windows']],
    ['a<b>.txt', ['windows']],
    ['a|b', ['windows']],
    ['what*.txt', ['windows']],
    ['aux.js', ['windows']],
    ['con', ['windows']],
    ['COM1.tar.gz', ['windows']],
    ['lpt¹.txt', ['windows']],
    ['console.js', []],
    ['com10.txt', []],
    ['trailing dot.', ['windows']],
    ['trailing space ', ['windows']],
    ['...', ['windows']],
    ['nul/a.txt', ['windows']],
    ['v1./a.txt', ['windows']],
    ['a+b.txt', ['address']],
    ['a#b.txt', ['address']],
    ['100%.txt', ['address']],
    ['con%', ['address']],
    ['%2e%2e/a.txt', ['address']],
    ['q&a.html', ['address']],
    ['what?.txt', ['windows', 'address']],
    ['back\\slash.txt', ['windows', 'address']],
    ['line\nbreak.txt', ['invisible']],
    ['bell\u0007.txt', ['invisible']],
    ['\u202egpj.exe', ['invisible']],
    ['zero\u200bwidth.txt', ['invisible']],
    ['\ufeffbom.txt', ['invisible']],
    ['a+\u007f', ['address', 'invisible']],
    [`${'folder/'.repeat(42)}page.html`, ['long']],
    [`${'x'.repeat(236)}.txt`, []],
    [`${'字'.repeat(86)}.txt`, ['long']],
  ])('%j: %j', (name, kinds) => {
    expect(kindsOf(name)).toEqual(kinds)
  })

  test('twins are told together, in whichever order they come, and folders stand for what is below', () => {
    const twins = (...names: string[]) => findNameTrouble(names).map((one) => one.names)
    expect(twins('Logo.png', 'logo.png')).toEqual([['Logo.png', 'logo.png']])
    expect(twins('logo.png', 'x', 'LOGO.png', 'Logo.png')).toEqual([['LOGO.png', 'Logo.png', 'logo.png']])
    expect(twins('a/Ä.txt', 'a/ä.txt')).toEqual([['a/Ä.txt', 'a/ä.txt']])
    expect(twins('Img/a.png', 'Img/b.png', 'img/a.png')).toEqual([['Img/', 'img/']])
    expect(twins('Img/x/a.png', 'img/c.png', 'img/C.png')).toEqual([
      ['Img/', 'img/', 'img/C.png', 'img/c.png'],
    ])
    expect(twins('a/Logo.png', 'b/logo.png')).toEqual([])
    expect(twins('about', 'about.html', 'about/index.html')).toEqual([])
    expect(twins('README', 'Readme/x')).toEqual([])
  })

  test('only what is sent has to be told, also when its twin is there already', () => {
    const names = ['A.txt', 'a.txt', 'b+.txt', 'c+.txt', 'x:/d.txt', 'x:/e.txt']
    expect(findNameTrouble(names, ['a.txt'])).toEqual([{ kind: 'case', count: 2, names: ['A.txt', 'a.txt'] }])
    expect(findNameTrouble(names, ['c+.txt', 'x:/e.txt'])).toEqual([
      { kind: 'windows', count: 1, names: ['x:/'] },
      { kind: 'address', count: 1, names: ['c+.txt'] },
    ])
    expect(findNameTrouble(names, [])).toEqual([])
  })

  test('the sentences count, show a few and hide nothing that cannot be seen (S36)', () => {
    const names = ['\u202ea.txt', ...Array.from({ length: 6 }, (_, i) => `a+${i}.txt`), 'y'.repeat(300)]
    const [address, invisible, long] = nameTroubleWarnings(findNameTrouble(names))
    expect(address).toMatch(/^6 names .*“a\+0\.txt”, .*“a\+3\.txt” and 2 more\. .*%2B for \+/)
    expect(invisible).toMatch(/^1 name .*“\\u\{202e\}a\.txt”/)
    expect(long).toMatch(/^1 name .*“y{39}…y{40}”/)
  })

  test('100,000 names take little time', () => {
    const names = Array.from({ length: 100_000 }, (_, i) => `Static/d${i % 100}/File-${i}.html`)
    const before = process.cpuUsage()
    expect(findNameTrouble(names)).toEqual([])
    const { user, system } = process.cpuUsage(before)
    expect(user + system).toBeLessThan(3_000_000)
  })
})
