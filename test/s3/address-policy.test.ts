import type { LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { describe, expect, it } from 'vitest'
import { classifyAddress, guardedLookup, isLoopbackHost } from '../../src-main/s3/address-policy.ts'

describe('S29 addresses', () => {
  it.each([
    ['127.0.0.1', 'loopback'],
    ['127.8.9.10', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['10.0.0.1', 'private'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['172.32.0.1', 'public'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'private'],
    ['fd12:3456::1', 'private'],
    ['::ffff:10.0.0.1', 'private'],
    ['52.216.1.1', 'public'],
    ['2600:1fa0::1', 'public'],
    ['0.0.0.0', 'forbidden'],
    ['0.1.2.3', 'forbidden'],
    ['169.254.169.254', 'forbidden'],
    ['169.254.0.1', 'forbidden'],
    ['100.100.100.200', 'forbidden'],
    ['168.63.129.16', 'forbidden'],
    ['192.0.0.192', 'forbidden'],
    ['224.0.0.1', 'forbidden'],
    ['255.255.255.255', 'forbidden'],
    ['::', 'forbidden'],
    ['fe80::1', 'forbidden'],
    ['fe80::1%eth0', 'forbidden'],
    ['febf::1', 'forbidden'],
    ['ff02::1', 'forbidden'],
    ['fd00:ec2::254', 'forbidden'],
    ['fd20:ce::254', 'forbidden'],
    ['::ffff:169.254.169.254', 'forbidden'],
    ['::ffff:a9fe:a9fe', 'forbidden'],
    ['::a9fe:a9fe', 'forbidden'],
    ['::ffff:0:a9fe:a9fe', 'forbidden'],
    ['64:ff9b::169.254.169.254', 'forbidden'],
    ['2002:a9fe:a9fe::1', 'forbidden'],
    ['::ffff:0.0.0.0', 'forbidden'],
    ['localhost', 'forbidden'],
    ['', 'forbidden'],
  ])('%s is %s', (address, kind) => {
    expect(classifyAddress(address)).toBe(kind)
  })

  it.each([
    ['localhost', true],
    ['LOCALHOST.', true],
    ['bucket.localhost', true],
    ['127.0.0.1', true],
    ['[::1]', true],
    ['localhost.example.org', false],
    ['notlocalhost', false],
    ['10.0.0.1', false],
  ])('%s means this computer: %s', (host, expected) => {
    expect(isLoopbackHost(host)).toBe(expected)
  })
})

describe('S29 the lookup at connecting', () => {
  const resolver =
    (...addresses: LookupAddress[]): LookupFunction =>
    (_, options, callback) => {
      const [first] = addresses
      if (options.all === true) callback(null, addresses)
      else callback(null, first?.address ?? '', first?.family)
    }
  const ask = (lookup: LookupFunction, all: boolean, name = 'name.example') =>
    new Promise<unknown>((resolve, reject) => {
      lookup(name, { all }, (error, address) => (error ? reject(error) : resolve(address)))
    })
  const good = { address: '10.1.1.1', family: 4 }
  const bad = { address: '169.254.169.254', family: 4 }

  it.each([true, false])('refuses a forbidden address among good ones (all: %s)', async (all) => {
    const lookup = guardedLookup({ loopbackOnly: false, lookup: resolver(...(all ? [good, bad] : [bad])) })
    await expect(ask(lookup, all)).rejects.toMatchObject({ code: 'PAIL_ADDRESS_REFUSED' })
  })

  it('answers in the form that was asked for', async () => {
    const lookup = guardedLookup({ loopbackOnly: false, lookup: resolver(good) })
    expect(await ask(lookup, true)).toEqual([good])
    expect(await ask(lookup, false)).toBe('10.1.1.1')
  })

  it('S28 plain http without consent reaches this computer only, whatever the name resolves to', async () => {
    const lookup = guardedLookup({ loopbackOnly: true, lookup: resolver(good) })
    await expect(ask(lookup, true)).rejects.toMatchObject({ code: 'PAIL_ADDRESS_INSECURE' })
  })

  it('what else an address has to be holds for each one, and for this computer’s own name', async () => {
    const allows = (address: string) => address === '10.1.1.2'
    const among = resolver({ address: '10.1.1.2', family: 4 }, good)
    const refused = { code: 'PAIL_ADDRESS_REFUSED' }
    await expect(
      ask(guardedLookup({ loopbackOnly: false, allows, lookup: among }), true),
    ).rejects.toMatchObject(refused)
    await expect(
      ask(guardedLookup({ loopbackOnly: false, allows }), true, 'localhost'),
    ).rejects.toMatchObject(refused)
  })

  it('a resolver that answers nothing is a name that is not found', async () => {
    await expect(ask(guardedLookup({ loopbackOnly: false, lookup: resolver() }), true)).rejects.toMatchObject(
      {
        code: 'ENOTFOUND',
      },
    )
  })
})
