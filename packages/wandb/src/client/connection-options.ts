export type Environment = { readonly [name: string]: string | undefined };

export interface ConnectionOptions {
  /** Default: WANDB_BASE_URL, then the settings files, then the public server. */
  readonly baseUrl?: string;
  readonly entity?: string;
  readonly project?: string;
  /** Default: WANDB_API_KEY or WANDB_IDENTITY_TOKEN_FILE, then netrc, then the settings files. */
  readonly apiKey?: string;
  /** Where W&B's variables are looked up. Default: `process.env`. */
  readonly env?: Environment;
  /** The folder whose `wandb/settings` is read. Default: WANDB_DIR, then the current one. */
  readonly folder?: string;
}
