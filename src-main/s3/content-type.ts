/**
 * Extensions by media type. Sources: the IANA registry, and the WHATWG MIME standard where browsers differ from it
 * (`text/javascript`). Our own table, so that an upload is the same on every computer.
 */
const extensionsByType: Readonly<Record<string, string>> = {
  // text
  'text/html': 'html htm shtml',
  'text/css': 'css',
  'text/javascript': 'js mjs cjs',
  'text/plain':
    'txt text log conf ini env cfg def list diff patch rst asc sha256 sha512 md5 license readme glsl vert frag',
  'text/markdown': 'md markdown mkd mdown',
  'text/mdx': 'mdx',
  'text/csv': 'csv',
  'text/tab-separated-values': 'tsv',
  'text/calendar': 'ics ifb',
  'text/vcard': 'vcf vcard',
  'text/vtt': 'vtt',
  'text/xsl': 'xsl xslt',
  'text/yaml': 'yaml yml',
  'text/x-python': 'py',
  'text/x-sass': 'sass',
  'text/x-scss': 'scss',
  'text/less': 'less',
  'text/jsx': 'jsx',
  'text/tsx': 'tsx',
  'text/x-vue': 'vue',
  'text/x-c': 'c h cc cpp hpp cxx',
  'text/x-java-source': 'java',
  'text/x-go': 'go',
  'text/x-rust': 'rs',
  'text/x-ruby': 'rb',
  'text/x-handlebars-template': 'hbs',
  'text/cache-manifest': 'appcache manifest',
  'text/turtle': 'ttl',
  'text/n3': 'n3',
  'text/rtf': 'rtf',
  'text/troff': 'man roff',
  'text/x-component': 'htc',
  'text/x-gettext-translation': 'po pot',
  'text/wgsl': 'wgsl',
  // data that browsers read
  'application/json': 'json map topojson webapp har',
  'application/json5': 'json5',
  'application/jsonl': 'jsonl ndjson',
  'application/ld+json': 'jsonld',
  'application/geo+json': 'geojson',
  'application/feed+json': 'jsonfeed',
  'application/manifest+json': 'webmanifest',
  'application/importmap+json': 'importmap',
  'application/speculationrules+json': 'speculationrules',
  'application/xml': 'xml xsd rng plist',
  'application/xhtml+xml': 'xhtml xht',
  'application/rss+xml': 'rss',
  'application/atom+xml': 'atom',
  'application/rdf+xml': 'rdf owl',
  'application/mathml+xml': 'mathml',
  'application/gpx+xml': 'gpx',
  'application/vnd.google-earth.kml+xml': 'kml',
  'application/ttml+xml': 'ttml dfxp',
  'application/smil+xml': 'smil smi',
  'application/x-subrip': 'srt',
  'application/opensearchdescription+xml': 'osdx',
  'application/xml-dtd': 'dtd',
  'application/toml': 'toml',
  'application/graphql': 'graphql gql',
  'application/sql': 'sql',
  'application/wasm': 'wasm',
  'application/x-sh': 'sh bash',
  'application/x-httpd-php': 'php',
  'application/typescript': 'mts cts',
  'application/protobuf': 'pb',
  'application/vnd.apache.parquet': 'parquet',
  'application/vnd.sqlite3': 'sqlite sqlite3 db',
  'application/cbor': 'cbor',
  'application/x-x509-ca-cert': 'crt cer der',
  'application/x-pem-file': 'pem',
  'application/pgp-keys': 'key',
  'application/pgp-signature': 'sig',
  // pictures
  'image/svg+xml': 'svg svgz',
  'image/png': 'png',
  'image/apng': 'apng',
  'image/jpeg': 'jpg jpeg jpe jfif pjpeg pjp',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'image/avif': 'avif avifs',
  'image/jxl': 'jxl',
  'image/heic': 'heic',
  'image/heif': 'heif',
  'image/bmp': 'bmp dib',
  'image/tiff': 'tif tiff',
  'image/x-icon': 'ico cur',
  'image/jp2': 'jp2',
  'image/vnd.adobe.photoshop': 'psd',
  'image/vnd.djvu': 'djvu djv',
  'image/vnd.dxf': 'dxf',
  'image/x-adobe-dng': 'dng',
  'image/x-canon-cr2': 'cr2',
  'image/x-nikon-nef': 'nef',
  'image/x-sony-arw': 'arw',
  'image/ktx2': 'ktx2',
  'image/x-tga': 'tga',
  'image/x-xcf': 'xcf',
  // sound
  'audio/mpeg': 'mp3 mp2 mpga',
  'audio/mp4': 'm4a m4b mp4a',
  'audio/aac': 'aac adts',
  'audio/ogg': 'oga ogg opus spx',
  'audio/wav': 'wav',
  'audio/webm': 'weba',
  'audio/flac': 'flac',
  'audio/midi': 'mid midi kar rmi',
  'audio/aiff': 'aif aiff aifc',
  'audio/amr': 'amr',
  'audio/x-ms-wma': 'wma',
  'audio/mpegurl': 'm3u',
  'audio/x-caf': 'caf',
  'audio/x-matroska': 'mka',
  // films
  'video/mp4': 'mp4 m4v mp4v',
  'video/webm': 'webm',
  'video/ogg': 'ogv',
  'video/quicktime': 'mov qt',
  'video/x-msvideo': 'avi',
  'video/x-matroska': 'mkv mk3d',
  'video/mpeg': 'mpeg mpg mpe m1v m2v',
  'video/mp2t': 'ts m2t m2ts',
  'video/iso.segment': 'm4s',
  'video/3gpp': '3gp 3gpp',
  'video/3gpp2': '3g2',
  'video/x-flv': 'flv',
  'video/x-ms-wmv': 'wmv',
  'video/h264': 'h264',
  'application/vnd.apple.mpegurl': 'm3u8',
  'application/dash+xml': 'mpd',
  // fonts
  'font/woff2': 'woff2',
  'font/woff': 'woff',
  'font/ttf': 'ttf',
  'font/otf': 'otf',
  'font/collection': 'ttc otc',
  'application/vnd.ms-fontobject': 'eot',
  // documents
  'application/pdf': 'pdf',
  'application/postscript': 'ps eps ai',
  'application/epub+zip': 'epub',
  'application/x-mobipocket-ebook': 'mobi prc',
  'application/msword': 'doc dot',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.template': 'dotx',
  'application/vnd.ms-excel': 'xls xlt xla',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.template': 'xltx',
  'application/vnd.ms-powerpoint': 'ppt pps',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'pptx',
  'application/vnd.openxmlformats-officedocument.presentationml.slideshow': 'ppsx',
  'application/vnd.oasis.opendocument.text': 'odt',
  'application/vnd.oasis.opendocument.spreadsheet': 'ods',
  'application/vnd.oasis.opendocument.presentation': 'odp',
  'application/vnd.oasis.opendocument.graphics': 'odg',
  'application/vnd.oasis.opendocument.formula': 'odf',
  'application/vnd.visio': 'vsd',
  'application/vnd.apple.pages': 'pages',
  'application/vnd.apple.numbers': 'numbers',
  'application/vnd.apple.keynote': 'keynote',
  'application/x-tex': 'tex latex',
  'message/rfc822': 'eml mht mhtml',
  'application/mbox': 'mbox',
  'application/vnd.ms-outlook': 'msg',
  'application/xspf+xml': 'xspf',
  // archives and programs
  'application/zip': 'zip',
  'application/gzip': 'gz gzip tgz',
  'application/x-tar': 'tar',
  'application/x-bzip2': 'bz2 tbz2',
  'application/x-xz': 'xz txz',
  'application/zstd': 'zst',
  'application/x-7z-compressed': '7z',
  'application/vnd.rar': 'rar',
  'application/x-lzip': 'lz',
  'application/java-archive': 'jar war ear',
  'application/vnd.android.package-archive': 'apk',
  'application/vnd.apple.pkpass': 'pkpass',
  'application/x-apple-aspen-config': 'mobileconfig',
  'application/x-apple-diskimage': 'dmg',
  'application/x-iso9660-image': 'iso',
  'application/x-msdownload': 'exe dll',
  'application/x-msi': 'msi',
  'application/vnd.debian.binary-package': 'deb',
  'application/x-rpm': 'rpm',
  'application/x-xpinstall': 'xpi',
  'application/x-chrome-extension': 'crx',
  'application/vnd.ms-cab-compressed': 'cab',
  'application/x-bittorrent': 'torrent',
  'application/x-shockwave-flash': 'swf',
  'application/octet-stream': 'bin br dat img pkg so dylib pyc whl mo dump',
  // models and maps
  'model/gltf+json': 'gltf',
  'model/gltf-binary': 'glb',
  'model/obj': 'obj',
  'model/mtl': 'mtl',
  'model/stl': 'stl',
  'model/vnd.usdz+zip': 'usdz',
  'model/3mf': '3mf',
  'application/vnd.google-earth.kmz': 'kmz',
  'application/vnd.pmtiles': 'pmtiles',
  'application/vnd.mapbox-vector-tile': 'mvt pbf',
}

const typesByExtension: ReadonlyMap<string, string> = new Map(
  Object.entries(extensionsByType).flatMap(([type, extensions]) =>
    extensions.split(' ').map((extension): [string, string] => [extension, type]),
  ),
)

/** Files known by their whole name, as their consumers ask for them. */
const typesByName: ReadonlyMap<string, string> = new Map([
  ['apple-app-site-association', 'application/json'],
  ['openid-configuration', 'application/json'],
  ['oauth-authorization-server', 'application/json'],
  ['robots.txt', 'text/plain'],
  ['opensearch.xml', 'application/opensearchdescription+xml'],
])

const charsetTypes = new Set([
  'application/json',
  'application/json5',
  'application/jsonl',
  'application/xml',
  'application/xml-dtd',
  'application/toml',
  'application/graphql',
  'application/sql',
  'application/typescript',
  'application/vnd.apple.mpegurl',
  'application/x-sh',
  'application/x-subrip',
])

/** With their charset, once they have been asked for. */
const fullTypes = new Map<string, string>()

/**
 * The Content-Type for a file name or key: by its last extension, with `charset=utf-8` for everything that is text.
 * `x.tar.gz` is `application/gzip`, never an encoding. Unknown names are `application/octet-stream`.
 */
export function contentTypeFor(name: string): string {
  const base = name.slice(name.lastIndexOf('/') + 1).toLowerCase()
  const dot = base.lastIndexOf('.')
  const extension = dot > 0 ? base.slice(dot + 1) : ''
  const type = typesByName.get(base) ?? typesByExtension.get(extension) ?? 'application/octet-stream'
  let full = fullTypes.get(type)
  if (full === undefined) {
    full = isText(type) ? `${type}; charset=utf-8` : type
    fullTypes.set(type, full)
  }
  return full
}

/**
 * The Content-Encoding that a file of this name cannot be shown without; undefined for nearly all. An `.svgz` is an SVG
 * that is gzipped on the disk already (SVG 2, "Serving SVG"), while `x.tar.gz` is an archive and stays one.
 */
export function contentEncodingFor(name: string): 'gzip' | undefined {
  // Every file of a site is asked about.
  if ((name.charCodeAt(name.length - 1) | 0x20) !== 0x7a) return undefined
  return /[^/]\.svgz$/i.test(name) ? 'gzip' : undefined
}

/** How many extensions the table knows. */
export const knownExtensions = typesByExtension.size

function isText(type: string): boolean {
  return type.startsWith('text/') || type.endsWith('+xml') || type.endsWith('+json') || charsetTypes.has(type)
}
