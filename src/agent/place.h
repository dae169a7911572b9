/* agent/place.h: where the agent's parts find each other. */
#ifndef HOLDFAST_AGENT_PLACE_H
#define HOLDFAST_AGENT_PLACE_H

/* Where an installed agent keeps its state; --state or the environment names another. */
#define AGENT_STATE_DIR "/var/lib/holdfast"
#define AGENT_STATE_VARIABLE "HOLDFAST_STATE"

/* The daemon's socket in it. */
#define AGENT_SOCKET "holdfastd.sock"

/* Whom an installed agent trusts. */
#define AGENT_TRUST_FILE "/etc/holdfast/trust.json"

/* Where the updater finds its channel. */
#define AGENT_JOB_FD 3

/* The user that the updater becomes when it is started as root. */
#define AGENT_UPDATER_USER "_holdfast"

#endif
