/**
 * Who may import whom: the table of the README, executed. Every rule says what to do instead.
 * @type {import('dependency-cruiser').IConfiguration}
 */
const room = (name) => `^src-main/${name}/`

/** A room may import only what is listed. Everything else is an error. */
const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { pathNot: allowed },
})

const contract = '^src-preload/contract/'
const node = '^(node:)?[a-z_/]+$'
const npm = (...names) => `node_modules/(${names.join('|')})/`

module.exports = {
  forbidden: [
    only(
      'contract-imports-only-zod',
      contract,
      [contract, npm('zod')],
      'The contract is shared by every runtime: put the code in the room of the runtime that needs it.',
    ),
    only(
      'preload-imports-contract-and-electron',
      '^src-preload/index\\.ts$',
      [contract, npm('electron')],
      'The preload only carries calls over: put logic in the main process.',
    ),
    {
      name: 'no-zod-in-the-window',
      comment:
        'zod probes for eval, which our CSP reports, and makes the preload large: import contract types with `import type`, and values from its zod-free files.',
      severity: 'error',
      from: { path: '^src-(renderer/|preload/index)' },
      to: {
        path: contract,
        pathNot: `${contract}(methods|result|error-codes|bucket-name|provider-presets|invalidation-prices|storage-price|receipt-codes|recommended-rules|rule-problem|rule-limits|link-expiry|longest-authority|failure|key-template|format-links|mailto|media-type|upload-command|upload-size|setup-destination|destination-overlap|place-opening|told-opens|unrecorded-sync|built-in-presets)\\.ts$`,
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'sdk-only-in-s3',
      comment: 'Only src-main/s3 knows the AWS SDK: add a function there, named for S3’s verb.',
      severity: 'error',
      from: { path: '^src-', pathNot: [room('s3'), room('cdn')] },
      to: { path: npm('@aws-sdk', '@smithy') },
    },
    {
      name: 'cloudfront-only-in-cdn',
      comment: 'Only src-main/cdn knows CloudFront: add a function there, named for CloudFront’s verb.',
      severity: 'error',
      from: { path: '^src-', pathNot: room('cdn') },
      to: { path: npm('@aws-sdk/client-cloudfront', '@aws-sdk/cloudfront-signer') },
    },
    only(
      'cdn-knows-cloudfront-and-plans',
      room('cdn'),
      [
        room('cdn'),
        room('s3'),
        room('sync'),
        contract,
        node,
        npm('@aws-sdk/client-cloudfront', '@aws-sdk/cloudfront-signer', '@smithy'),
      ],
      'The CDN room turns a sync into an invalidation and signs URLs: for S3 itself add a function to src-main/s3.',
    ),
    {
      name: 'keytar-in-one-file',
      comment: 'Ask the Keychain interface; only keytar-keychain.ts knows keytar.',
      severity: 'error',
      from: { path: '^src-', pathNot: `${room('keychain')}keytar-keychain\\.ts$` },
      to: { path: npm('keytar') },
    },
    {
      name: 'electron-in-the-shell',
      comment:
        'The backend is a Node library: take an interface as a part and implement it in src-main/electron.',
      severity: 'error',
      from: {
        path: '^src-',
        pathNot: [room('electron'), '^src-main/index\\.ts$', '^src-preload/index\\.ts$'],
      },
      to: { path: npm('electron') },
    },
    only(
      's3-stands-alone',
      room('s3'),
      [room('s3'), contract, node, npm('@aws-sdk', '@smithy')],
      'S3 operations take a session and plain values: pass what they need.',
    ),
    only(
      'pictures-are-local-files',
      room('pictures'),
      [room('pictures'), room('s3'), contract, node],
      'The pictures room takes pictures apart and fetches them: what is done with them is for transfers and links.',
    ),
    only(
      'transfers-use-s3',
      room('transfers'),
      [room('transfers'), room('s3'), room('destinations'), room('pictures'), contract, node, npm('zod')],
      'Transfers know S3, names and pictures only: let the backend connect them with the rest.',
    ),
    only(
      'tables-hold-entries',
      room('tables'),
      [room('tables'), room('s3'), contract, node],
      'Tables hold many entries in bounded memory or in a file and do not know what these are: decide that where they are used.',
    ),
    only(
      'upper-rooms-use-lower-ones',
      '^src-main/(sync|visibility|links|destinations|receipt)/',
      [
        '^src-main/(sync|releases|visibility|links|destinations|receipt|transfers|pictures|tables|s3)/',
        contract,
        node,
      ],
      'These rooms know S3 and transfers, not profiles, settings or the host: let the backend pass values.',
    ),
    only(
      'releases-record-syncs',
      room('releases'),
      [room('releases'), room('sync'), room('s3'), contract, node, npm('zod')],
      'The history of syncs knows syncs and S3: let the backend say where it is kept.',
    ),
    only(
      'sweep-uses-s3-and-transfers',
      room('sweep'),
      [room('sweep'), room('s3'), room('transfers'), contract, node, npm('zod')],
      'A sweep knows S3 and whose uploads are whose: let the backend pass the rest.',
    ),
    only(
      'setup-uses-lower-rooms',
      room('setup'),
      ['^src-main/(setup|releases|sweep|visibility|destinations|s3)/', contract, node, npm('zod')],
      'A set-up puts together what other rooms know of settings: let the backend say where its records are kept.',
    ),
    only(
      'watch-uses-sync',
      room('watch'),
      ['^src-main/(watch|sync|transfers|s3)/', contract, node, npm('chokidar')],
      'A watch plans and applies through sync, as a person does by hand: let the backend pass the rest.',
    ),
    {
      name: 'chokidar-in-one-file',
      comment:
        'A watcher is only a hint: take the OpenFolderWatcher interface; only chokidar-watcher.ts knows chokidar.',
      severity: 'error',
      from: { path: '^src-', pathNot: `${room('watch')}chokidar-watcher\\.ts$` },
      to: { path: npm('chokidar', 'readdirp') },
    },
    only(
      'keychain-stands-alone',
      room('keychain'),
      [room('keychain'), contract, node, npm('keytar')],
      'The keychain keeps secrets and knows nothing of what they are for.',
    ),
    only(
      'profiles-use-keychain-and-s3',
      room('profiles'),
      [room('profiles'), room('keychain'), room('s3'), contract, node, npm('zod')],
      'Profiles reach the settings through the records that the backend passes in.',
    ),
    only(
      'playground-stands-alone',
      room('playground'),
      [room('playground'), node],
      'The playground is a server that others talk to over HTTP: it shares no code with the client.',
    ),
    only(
      'settings-stand-alone',
      room('settings'),
      [room('settings'), contract, node, npm('zod')],
      'Settings are plain data on disk: the rooms that own the data decide what it means.',
    ),
    only(
      'logging-stands-alone',
      room('logging'),
      [room('logging'), contract, node],
      'The log takes plain values: redact there, decide elsewhere.',
    ),
    only(
      'commands-stand-alone',
      room('commands'),
      [room('commands'), contract, node],
      'Running a command takes plain values: whether it may run is decided in the backend.',
    ),
    only(
      'page-stands-alone',
      room('page'),
      [room('page'), node],
      'Serving the built page is the same for every host: the host decides who may ask for it.',
    ),
    {
      name: 'backend-knows-no-host',
      comment:
        'The backend runs under Electron, a browser host and a command line: take the difference as a part.',
      severity: 'error',
      from: { path: room('backend') },
      to: { path: ['^src-main/(electron|browser|cli|page)/', '^src-main/[^/]+\\.ts$', '^src-renderer/'] },
    },
    only(
      'shell-uses-dispatch',
      room('electron'),
      [
        room('electron'),
        room('logging'),
        room('page'),
        '^src-main/backend/(dispatch|backend-parts|environment)\\.ts$',
        contract,
        node,
        npm('electron'),
      ],
      'The shell carries calls to the dispatcher: put logic in the backend.',
    ),
    {
      name: 'renderer-only-shows-and-asks',
      comment:
        'The renderer reaches the computer and S3 through window.api alone: add a method to the contract.',
      severity: 'error',
      from: { path: '^src-renderer/' },
      to: {
        path: ['^src-main/', '^src-preload/index\\.ts$', npm('electron', '@aws-sdk', '@smithy', 'keytar')],
      },
    },
    {
      name: 'renderer-has-no-node',
      comment: 'The renderer has no Node: ask the main process through the contract.',
      severity: 'error',
      from: { path: '^src-renderer/' },
      to: { dependencyTypes: ['core'] },
    },
    only(
      'stores-hold-state',
      '^src-renderer/stores/',
      ['^src-renderer/(stores|text)/', contract, npm('zustand')],
      'A store holds state and calls the api: show it in a pane, without React here.',
    ),
    {
      name: 'panes-do-not-import-panes',
      comment: 'A pane never imports another: move what they share to components, stores or text.',
      severity: 'error',
      from: { path: '^src-renderer/panes/([^/]+)/' },
      to: { path: '^src-renderer/panes/[^/]+/', pathNot: '^src-renderer/panes/$1/' },
    },
    {
      name: 'components-have-no-store',
      comment: 'A component gets values and callbacks: connect it to a store in a pane.',
      severity: 'error',
      from: { path: '^src-renderer/components/' },
      to: { path: '^src-renderer/(stores|panes)/' },
    },
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one subject or three.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolvable',
      comment: 'The import leads nowhere.',
      severity: 'error',
      from: {},
      // keytar is an optional dependency: npm leaves it out where it cannot be built.
      to: { couldNotResolve: true, pathNot: ['^electron$', '^keytar$'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    parser: 'swc',
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
}
