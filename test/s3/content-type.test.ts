import { describe, expect, it } from 'vitest'
import { contentTypeFor, knownExtensions } from '../../src-main/s3/content-type.ts'

describe('contentTypeFor', () => {
  it.each([
    ['index.html', 'text/html; charset=utf-8'],
    ['css/site.min.css', 'text/css; charset=utf-8'],
    ['js/app.3f2a9c.js', 'text/javascript; charset=utf-8'],
    ['mod.mjs', 'text/javascript; charset=utf-8'],
    ['data.json', 'application/json; charset=utf-8'],
    ['app.js.map', 'application/json; charset=utf-8'],
    ['site.webmanifest', 'application/manifest+json; charset=utf-8'],
    ['logo.svg', 'image/svg+xml; charset=utf-8'],
    ['feed.rss', 'application/rss+xml; charset=utf-8'],
    ['sitemap.xml', 'application/xml; charset=utf-8'],
    ['notes.TXT', 'text/plain; charset=utf-8'],
    ['robots.txt', 'text/plain; charset=utf-8'],
    ['.well-known/apple-app-site-association', 'application/json; charset=utf-8'],
    ['photo.JPG', 'image/jpeg'],
    ['photo.avif', 'image/avif'],
    ['icon.ico', 'image/x-icon'],
    ['font.woff2', 'font/woff2'],
    ['film.mp4', 'video/mp4'],
    ['song.mp3', 'audio/mpeg'],
    ['paper.pdf', 'application/pdf'],
    ['code.wasm', 'application/wasm'],
    ['x.tar.gz', 'application/gzip'],
    ['x.tgz', 'application/gzip'],
    ['site.css.gz', 'application/gzip'],
    ['x.zip', 'application/zip'],
    ['LICENSE', 'application/octet-stream'],
    ['.htaccess', 'application/octet-stream'],
    ['folder.js/file', 'application/octet-stream'],
    ['trailing.', 'application/octet-stream'],
    ['x.unheardof', 'application/octet-stream'],
    ['x.constructor', 'application/octet-stream'],
    ['', 'application/octet-stream'],
  ])('%s is %s', (name, type) => {
    expect(contentTypeFor(name)).toBe(type)
  })

  it('knows what a web site is made of', () => {
    expect(knownExtensions).toBeGreaterThanOrEqual(150)
  })
})
