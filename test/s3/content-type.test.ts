import { describe, expect, it } from 'vitest'
import { contentEncodingFor, contentTypeFor, knownExtensions } from '../../src-main/s3/content-type.ts'

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
    ['logo.svgz', 'image/svg+xml; charset=utf-8'],
    ['dist/vendor.cjs', 'text/javascript; charset=utf-8'],
    ['app.js.LICENSE.txt', 'text/plain; charset=utf-8'],
    ['app.css.MAP', 'application/json; charset=utf-8'],
    ['page.xhtml', 'application/xhtml+xml; charset=utf-8'],
    ['feed.atom', 'application/atom+xml; charset=utf-8'],
    ['places.geojson', 'application/geo+json; charset=utf-8'],
    ['rows.ndjson', 'application/jsonl; charset=utf-8'],
    ['data.jsonld', 'application/ld+json; charset=utf-8'],
    ['table.csv', 'text/csv; charset=utf-8'],
    ['readme.md', 'text/markdown; charset=utf-8'],
    ['events.ics', 'text/calendar; charset=utf-8'],
    ['film.vtt', 'text/vtt; charset=utf-8'],
    ['film.srt', 'application/x-subrip; charset=utf-8'],
    ['shader.wgsl', 'text/wgsl; charset=utf-8'],
    ['main.importmap', 'application/importmap+json; charset=utf-8'],
    ['.well-known/openid-configuration', 'application/json; charset=utf-8'],
    ['.well-known/security.txt', 'text/plain; charset=utf-8'],
    ['photo.jxl', 'image/jxl'],
    ['photo.webp', 'image/webp'],
    ['font.woff', 'font/woff'],
    ['font.ttf', 'font/ttf'],
    ['font.otf', 'font/otf'],
    ['font.eot', 'application/vnd.ms-fontobject'],
    ['film.webm', 'video/webm'],
    ['live/list.m3u8', 'application/vnd.apple.mpegurl; charset=utf-8'],
    ['live/part.m4s', 'video/iso.segment'],
    ['scene.glb', 'model/gltf-binary'],
    ['ticket.pkpass', 'application/vnd.apple.pkpass'],
    ['backup.tar.bz2', 'application/x-bzip2'],
    ['backup.tar.zst', 'application/zstd'],
    ['site.css.br', 'application/octet-stream'],
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

  it.each([
    ['logo.svgz', 'gzip'],
    ['img/Logo.SVGZ', 'gzip'],
    ['x.tar.gz', undefined],
    ['site.css.gz', undefined],
    ['site.css.br', undefined],
    ['logo.svg', undefined],
    ['img/.svgz', undefined],
  ])('%s has the Content-Encoding %s', (name, encoding) => {
    expect(contentEncodingFor(name)).toBe(encoding)
  })

  it('knows what a web site is made of', () => {
    expect(knownExtensions).toBeGreaterThanOrEqual(150)
  })
})
