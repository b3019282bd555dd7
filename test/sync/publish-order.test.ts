import { describe, expect, test } from 'vitest'
import { isFingerprinted, publishStage } from '../../src-main/sync/publish-order.ts'

describe('the order of publishing', () => {
  test.each([
    ['static/site.0123456789ab.css', 0],
    ['static/app.5f2b1c9a.js', 0],
    ['assets/index-BxZ91kQe.js', 0],
    ['img/logo.png', 1],
    ['fonts/inter.woff2', 1],
    ['readme.txt', 1],
    ['css/site.css', 2],
    ['app.js', 2],
    ['app.js.map', 2],
    ['index.html', 3],
    ['page.0123456789ab.html', 3],
    ['feed.HTM', 3],
    ['staticfiles.json', 4],
    ['deep/manifest.json', 4],
    ['site.webmanifest', 4],
    ['service-worker.js', 4],
    ['sitemap.xml', 4],
    ['data.json', 1],
  ])('%s is in stage %i', (key, stage) => {
    expect(publishStage(key)).toBe(stage)
  })

  test.each([
    ['admin.css', false],
    ['jquery.min.js', false],
    ['stylesheet.css', false],
    ['site-overview.css', false],
    ['base.1a2b3c4d5e6f.css', true],
    ['deadbeef.png', false],
    ['a-deadbeef.png', true],
  ])('%s is fingerprinted: %s', (name, expected) => {
    expect(isFingerprinted(name)).toBe(expected)
  })
})
