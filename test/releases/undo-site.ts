import type { UndoFixture } from './undo-fixture.ts'

/** A site that is there already, with everything about its objects that a sync could lose. */
export async function publishFirst(fixture: UndoFixture): Promise<void> {
  await fixture.put('site/index.html', 'old page', {
    ContentType: 'text/html',
    CacheControl: 'no-cache',
    Metadata: { owner: 'me' },
    Tagging: 'k=v',
    ACL: 'public-read',
  })
  await fixture.put('site/css/site.css', 'old style', {
    ContentType: 'text/css',
    ContentLanguage: 'fr',
    ContentDisposition: 'inline',
    Expires: new Date('2030-01-01T00:00:00Z'),
  })
  await fixture.put('site/gone.html', 'was here', {
    ContentType: 'text/html; charset=utf-8',
    Metadata: { kept: 'yes' },
    Tagging: 'a=b&c=d',
    ACL: 'public-read',
  })
  await fixture.put('site/gone too + ü.txt', 'was here, too', { ACL: 'authenticated-read' })
  await fixture.put('site/staticfiles.json', '{"old":1}', { ContentType: 'application/json' })
  await fixture.put('site/headers.txt', 'same', {
    ContentType: 'text/html',
    ContentDisposition: 'attachment',
  })
  await fixture.put('site/headers.css', 'same', { ACL: 'public-read', Metadata: { a: 'b' } })
  await fixture.put('site/same.txt', 'same', {
    ContentType: 'text/plain; charset=utf-8',
    CacheControl: 'max-age=86400',
  })
  await fixture.put('elsewhere.txt', 'not of the site')
}

/** What it becomes: pages, styles and files that are new, others, gone and the same. */
export const nextSite = {
  'index.html': 'new page',
  'css/site.css': 'new style',
  'css/new.css': 'created',
  'staticfiles.json': '{"new":1}',
  'headers.txt': 'same',
  'headers.css': 'same',
  'same.txt': 'same',
  'new page.html': 'created',
}
