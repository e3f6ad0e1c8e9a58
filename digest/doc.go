// Package digest signs in with HTTP Digest (RFC 7616, and RFC 2069 for challenges without qop), from both seats on one grammar:
// [Transport] answers challenges, [Verifier] makes them and judges the answers.
//
// Supported are MD5 and SHA-256, qop=auth and no qop, parameters quoted or bare, any letter case where the RFCs allow it, and several
// challenges of any schemes in one header line or many. A field value longer than 8 KiB is malformed.
//
// Left out by name: the -sess algorithms, qop=auth-int, userhash, username* (RFC 7616 section 3.4: user names go as they are, in UTF-8),
// SHA-512-256, nextnonce and rspauth of Authentication-Info, the limits that a domain parameter draws (a challenge holds for its whole
// origin), and proxies (407).
package digest

import ()
