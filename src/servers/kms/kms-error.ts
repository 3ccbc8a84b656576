/**
 * Errors of the KMS as its clients see them: AWS's names, and the HTTP status that belongs to each.
 * @module
 */

/** Names and statuses as the reference of the KMS API gives them, section Errors. */
const STATUS_OF = {
  AccessDeniedException: 400,
  AlreadyExistsException: 400,
  ConflictException: 400,
  DependencyTimeoutException: 503,
  DisabledException: 400,
  DryRunOperationException: 412,
  ExpiredTokenException: 400,
  IncompleteSignatureException: 400,
  IncorrectKeyException: 400,
  InternalFailure: 500,
  InvalidAliasNameException: 400,
  InvalidArnException: 400,
  InvalidCiphertextException: 400,
  InvalidGrantTokenException: 400,
  InvalidKeyUsageException: 400,
  InvalidMarkerException: 400,
  InvalidSignatureException: 400,
  KMSInternalException: 500,
  KMSInvalidMacException: 400,
  KMSInvalidStateException: 400,
  KeyUnavailableException: 500,
  LimitExceededException: 400,
  MalformedPolicyDocumentException: 400,
  MissingAuthenticationTokenException: 400,
  NotFoundException: 400,
  RequestEntityTooLargeException: 413,
  RequestExpired: 400,
  SerializationException: 400,
  ServiceUnavailableException: 503,
  TagException: 400,
  ThrottlingException: 400,
  UnknownOperationException: 400,
  UnrecognizedClientException: 400,
  UnsupportedOperationException: 400,
  ValidationException: 400,
} as const;

export type KmsErrorName = keyof typeof STATUS_OF;

/** An answer that says no. Its message is shown to the client: it holds nothing secret. */
export class KmsError extends Error {
  override readonly name = 'KmsError';
  /** What becomes `__type`. */
  readonly code: KmsErrorName;
  readonly status: number;

  constructor(code: KmsErrorName, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = STATUS_OF[code];
  }
}
