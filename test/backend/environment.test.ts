import { expect, test } from 'vitest'
import {
  cacheDirectory,
  defaultUserDataDirectory,
  proxyVariables,
  scrubEnvironment,
  userDataDirectory,
} from '../../src-main/backend/environment.ts'

test('S27 every AWS variable is gone from the environment, whatever its case, and the command line gets them', () => {
  const environment: NodeJS.ProcessEnv = {
    AWS_ENDPOINT_URL_S3: 'https://evil.example',
    AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
    aws_profile: 'work',
    AWS_CA_BUNDLE: '/tmp/ca.pem',
    PATH: '/usr/bin',
    MYAWS_THING: 'kept',
  }
  const removed = scrubEnvironment(environment)
  expect(environment).toEqual({ PATH: '/usr/bin', MYAWS_THING: 'kept' })
  expect(removed['AWS_ACCESS_KEY_ID']).toBe('AKIAEXAMPLE')
  expect(removed['AWS_PROFILE']).toBe('work')
})

test('S8 the switch that turns certificate checks off is removed', () => {
  const environment: NodeJS.ProcessEnv = { NODE_TLS_REJECT_UNAUTHORIZED: '0' }
  scrubEnvironment(environment)
  expect(environment).toEqual({})
})

test('the password of a proxy is for nobody else', () => {
  const environment: NodeJS.ProcessEnv = { PAIL_PROXY_PASSWORD: 'hush', HTTPS_PROXY: 'http://p' }
  expect(scrubEnvironment(environment)).toEqual({ PAIL_PROXY_PASSWORD: 'hush' })
  expect(environment).toEqual({ HTTPS_PROXY: 'http://p' })
})

test('proxies are read only where one is named', () => {
  expect(proxyVariables({ PATH: '/bin', NO_PROXY: '*', https_proxy: '' })).toBeUndefined()
  expect(proxyVariables({ https_proxy: 'http://p', NO_PROXY: '*', PATH: '/bin' })).toEqual({
    https_proxy: 'http://p',
    NO_PROXY: '*',
  })
})

test.each([
  ['linux', {}, '/home/ann/.config/Pail'],
  ['linux', { XDG_CONFIG_HOME: '/data/config' }, '/data/config/Pail'],
  ['linux', { XDG_CONFIG_HOME: 'relative' }, '/home/ann/.config/Pail'],
  ['darwin', {}, '/home/ann/Library/Application Support/Pail'],
] as const)('settings of %s with %j are in %s', (platform, environment, expected) => {
  expect(defaultUserDataDirectory(platform, environment, '/home/ann')).toBe(expected)
})

test.each([
  ['linux', {}, '/home/ann/.cache/Pail'],
  ['linux', { XDG_CACHE_HOME: '/data/cache', PAIL_USER_DATA: '/data/pail' }, '/data/cache/Pail'],
  ['linux', { XDG_CACHE_HOME: 'relative' }, '/home/ann/.cache/Pail'],
  ['darwin', {}, '/home/ann/Library/Caches/Pail'],
] as const)('what is cached of %s with %j is in %s', (platform, environment, expected) => {
  expect(cacheDirectory(platform, environment, '/home/ann')).toBe(expected)
})

test('a folder given on the command line wins over the environment, and both over the default', () => {
  expect(userDataDirectory(['x', '--user-data-dir=/a'], { PAIL_USER_DATA: '/b' }, 'linux')).toBe('/a')
  expect(userDataDirectory(['x'], { PAIL_USER_DATA: '/b' }, 'linux')).toBe('/b')
  expect(userDataDirectory(['x'], { XDG_CONFIG_HOME: '/c' }, 'linux')).toBe('/c/Pail')
})
