import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { pictureName, rasterKind } from '../../src-main/pictures/picture-name.ts'

describe('the name of a picture from an address', () => {
  it.each([
    ['/img/team.jpg', 'jpeg', 'team.jpg'],
    ['/img/team.JPEG', 'jpeg', 'team.jpeg'],
    // What it is decides, not what it is called.
    ['/img/team.jpg', 'webp', 'team.webp'],
    ['/photo.php', 'png', 'photo.php.png'],
    ['/evil.html', 'gif', 'evil.html.gif'],
    ['/caf%C3%A9%20(1).png', 'png', 'café (1).png'],
    ['/%ff.png', 'png', '_ff.png'],
    ['/', 'png', 'picture.png'],
    ['', 'avif', 'picture.avif'],
    ['/.htaccess', 'png', 'htaccess.png'],
    ['/..%2f..%2fetc%2fpasswd', 'png', '_.._etc_passwd.png'],
    ['/a%5Cb.png', 'png', 'a_b.png'],
    ['/a%00b.png', 'png', 'a_b.png'],
    ['/con.png', 'png', 'picture-con.png'],
    ['/%E2%80%AEgpj.exe', 'png', '_gpj.exe.png'],
    ['/🪣.png', 'png', 'picture.png'],
  ] as const)('of %s, a %s, is %s', (path, kind, name) => {
    expect(pictureName(path, kind)).toBe(name)
  })

  test('is always a plain name that every system takes', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 300 }), (units) => {
        const path = String.fromCharCode(...units)
        const name = pictureName(path, 'png')
        expect(name).toMatch(/^[\p{L}\p{M}\p{N}_ ()-][\p{L}\p{M}\p{N}._ ()-]*\.a?png$/u)
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255)
      }),
    )
  })
})

it('what a document is called does not make it a picture', () => {
  for (const text of [
    '<svg xmlns="http://www.w3.org/2000/svg"/>',
    '<!doctype html>',
    '%PDF-1.7',
    '<?xml',
    '',
    'B',
  ])
    expect(rasterKind(Buffer.from(text))).toBeNull()
})
