# SPDX-License-Identifier: Apache-2.0
"""What whod says on MQTT; docs/mqtt.md is the reference. Import the module that you need.

From whoever has something to tell down to the socket; what stands further in is used by what it stands under::

    publisher   what the rest of whod calls; one thread of it does all that follows
      mailbox   what other threads leave for that thread
      board     the retained topics: what they should hold, over all connections
      device    the same for Home Assistant's description of whod: in which steps it is told
      ears      what others say to us: commands, and that Home Assistant has started
      receipts  records that the broker has, until they may leave the outbox
      dial      when to connect again; retry says how soon
      session   one connection: what is said over it, and in which order
        exchange  what the broker owes an answer to, and so how much may be sent
          link      the connection itself, in a thread of its own: MQTT 5, else 3.1.1; the only importer of paho
            hearing   which of the messages that come count, and when they are too many
            tcp, tls  the socket below

Without a broker they are values in, values out: topics (where), messages (what), discovery and discovery_components
(what Home Assistant is told), notices (what a link tells), problems (why there is no connection, in sentences).
Beside all this, trial tries settings out over a link of its own.
"""
