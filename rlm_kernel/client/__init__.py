"""The edge to hosted and local models: litellm, and the only place that imports it.

loading    the import, which is slow and would like to telephone
targets    which provider a model's name means, its key, its price
errors     foreign errors -> ours, by one table
replies    litellm's replies and streams -> Completion, Delta, Usage
thinking   <think>...</think> -> reasoning
client     LiteLLMClient: attempts, retries, fallbacks, timeouts
"""

from rlm_kernel.client.client import LiteLLMClient
from rlm_kernel.client.loading import warm

__all__ = ["LiteLLMClient", "warm"]
