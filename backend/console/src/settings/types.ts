/** What /api/v1/webhooks answers. Times are ms. */
export interface Endpoint {
  /** 0 = the one of the environment. */
  id: number;
  url: string;
  /** Of the messages that it gets; none = all. */
  types: string[];
  from_environment: boolean;
  waiting: number;
  dead: number;
}

export interface Letter {
  id: number;
  message_id: string;
  type: string;
  created_at: number;
  attempts: number;
  last_error: string;
  to: { webhook: number } | { csm: string };
}

export interface Tested {
  ok: boolean;
  status: number | null;
  error: string;
}
