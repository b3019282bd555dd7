import { beforeEach, describe, expect, test } from 'vitest'
import { token } from './cloudflare-double.ts'
import { useR2Scene } from './r2-scene.ts'
import { value } from './running-backend.ts'

const scene = useR2Scene()
const { enter, planFor, toggle, access, changes, changing } = scene

beforeEach(async () => void (await value(enter())))

describe('what goes wrong with the switch of R2', () => {
  test('a lost answer is looked up: it was done', async () => {
    scene.cloudflare.intercept = (request, response, apply) => {
      if (request.method !== 'PUT') return false
      apply()
      response.destroy()
      return true
    }
    const done = await value(toggle('public'))
    expect(done).toMatchObject({ switches: [{ problem: null }], counts: { public: 3 }, undoable: true })
  })

  test('a lost answer is looked up: it was not done, and stays in the record, as it may be yet', async () => {
    scene.cloudflare.intercept = ({ method }, response) => {
      if (method === 'PUT') response.destroy()
      return method === 'PUT'
    }
    const done = await value(toggle('public'))
    expect(done.switches?.[0]?.problem?.message).toMatch(/is still private: /)
    expect(changing()).toHaveLength(3)
    expect(await changes()).toMatchObject([{ switches: 1 }])
  })

  test('a lost answer that cannot be looked up is said not to be known', async () => {
    let isSent = false
    scene.cloudflare.intercept = ({ method }, response, apply) => {
      if (method === 'PUT') apply()
      isSent ||= method === 'PUT'
      if (isSent) response.destroy()
      return isSent
    }
    const done = await value(toggle('public'))
    expect(done.switches?.[0]?.problem?.message).toMatch(/was switched is not known: /)
    expect(await changes()).toHaveLength(1)
  })

  test.each([429, 500, 503])('%d is waited for, and asked again', async (status) => {
    const asked: string[] = []
    scene.cloudflare.intercept = ({ url }, response) => {
      asked.push(url)
      if (asked.filter((each) => each === url).length > 2) return false
      response.writeHead(status).end('<html>')
      return true
    }
    expect((await access()).domains.state).toBe('read')
    expect(asked).toHaveLength(6)
  })

  test.each<[string, number, string, string]>([
    ['a token without the right', 403, error(10000, 'Authentication error'), 'access-denied'],
    ['a token that was taken back', 401, error(1000, 'Invalid API Token'), 'no-credentials'],
    ['a token of a wrong form', 400, error(6003, 'Invalid request headers'), 'no-credentials'],
    ['another account', 404, error(7003, 'Could not route to /accounts/x'), 'not-found'],
    ['no such bucket', 404, error(10006, 'The specified bucket does not exist.'), 'no-such-bucket'],
    ['a refusal that repeats the token', 400, error(1, `Bearer ${token}`), 'invalid-argument'],
    ['a page instead of JSON', 200, '<html>hello</html>', 'integrity'],
    ['an answer that says no', 200, '{"success":false,"result":null}', 'integrity'],
    [
      'a domain that is none',
      200,
      '{"success":true,"result":{"domain":"a b/../c","enabled":true}}',
      'integrity',
    ],
    ['an answer without an end', 200, `{"success":true,"result":"${'x'.repeat(300_000)}"}`, 'integrity'],
    [
      'a switch that is no yes or no',
      200,
      '{"success":true,"result":{"domain":"a.r2.dev","enabled":"yes"}}',
      'integrity',
    ],
  ])('%s is told in words, and nothing is switched', async (_, status, body, code) => {
    scene.cloudflare.intercept = (__, response) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(body)
      return true
    }
    const { domains } = await access()
    expect(domains).toMatchObject({ state: 'unknown', code })
    expect(JSON.stringify(domains)).not.toContain(token)
    const { refusal, switches } = await planFor('public')
    expect(refusal?.message).toMatch(/could not be read|API token/)
    expect(switches).toEqual([])
    expect(changing()).toEqual([])
  })

  test('a token that may read and not write is refused, and nothing is left to undo', async () => {
    scene.cloudflare.intercept = ({ method }, response) => {
      if (method === 'PUT') response.writeHead(403).end(error(10000, 'Authentication error'))
      return method === 'PUT'
    }
    const refused = await toggle('public')
    expect(refused).toMatchObject({ ok: false, error: { code: 'access-denied' } })
    expect(JSON.stringify(refused)).toMatch(/Workers R2 Storage: Edit/)
    expect(await changes()).toEqual([])
  })

  test('a setting that is taken and not kept is found out', async () => {
    scene.cloudflare.intercept = ({ method }, response) => {
      if (method === 'PUT')
        response.writeHead(200).end(JSON.stringify({ success: true, result: { enabled: true } }))
      return method === 'PUT'
    }
    expect(await toggle('public')).toMatchObject({ ok: false, error: { code: 'precondition-failed' } })
  })

  test('a redirect is not followed, and no answer is not waited for for ever', async () => {
    scene.cloudflare.intercept = (_, response) => {
      response.writeHead(302, { location: `${scene.cloudflare.site.endpoint}/stolen` }).end()
      return true
    }
    scene.cloudflare.site.requests.length = 0
    expect((await access()).domains).toMatchObject({ state: 'unknown', code: 'server-error' })
    expect(scene.cloudflare.site.requests).toEqual([])
  })
})

function error(code: number, message: string): string {
  return JSON.stringify({ success: false, errors: [{ code, message }], messages: [], result: null })
}
