// SPDX-License-Identifier: Apache-2.0
#include "net/esp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/xfrm.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "common/cleanup.h"

#define ESP_ALGORITHM "rfc4106(gcm(aes))"
#define ESP_ICV_BITS  128
#define ESP_REQID     1
#define ESP_TRY_SPI   0x100

static xfrm_address_t esp_address(const struct address *address)
{
    xfrm_address_t out = {};

    memcpy(&out, address->bytes, sizeof(out));
    return out;
}

static struct xfrm_lifetime_cfg esp_for_ever(void)
{
    return (struct xfrm_lifetime_cfg){
        .soft_byte_limit = XFRM_INF,
        .hard_byte_limit = XFRM_INF,
        .soft_packet_limit = XFRM_INF,
        .hard_packet_limit = XFRM_INF,
    };
}

static void esp_put_key(struct nlmsghdr *nlh, const uint8_t *key)
{
    _Alignas(struct xfrm_algo_aead) uint8_t bytes[sizeof(struct xfrm_algo_aead) + ESP_KEY_SIZE];
    struct xfrm_algo_aead *aead = (struct xfrm_algo_aead *)bytes;

    *aead = (struct xfrm_algo_aead){
        .alg_name = ESP_ALGORITHM, .alg_key_len = ESP_KEY_SIZE * 8, .alg_icv_len = ESP_ICV_BITS};
    memcpy(bytes + sizeof(*aead), key, ESP_KEY_SIZE);
    mnl_attr_put(nlh, XFRMA_ALG_AEAD, sizeof(bytes), bytes);
    explicit_bzero(bytes, sizeof(bytes));
}

void esp_put_state(struct nlmsghdr *nlh, const struct esp_tunnel *tunnel, bool inbound)
{
    struct xfrm_usersa_info *sa = mnl_nlmsg_put_extra_header(nlh, sizeof(*sa));

    *sa = (struct xfrm_usersa_info){
        .saddr = esp_address(tunnel->from),
        .id = {.daddr = esp_address(tunnel->to), .spi = htonl(tunnel->spi), .proto = IPPROTO_ESP},
        .lft = esp_for_ever(),
        .reqid = ESP_REQID,
        .family = (uint16_t)tunnel->from->af,
        .mode = XFRM_MODE_TUNNEL,
    };
    esp_put_key(nlh, tunnel->key);
    if (!inbound)
        return;
    mnl_attr_put_u32(nlh, XFRMA_SET_MARK, ESP_MARK_IN);
    mnl_attr_put_u32(nlh, XFRMA_SET_MARK_MASK, UINT32_MAX);
}

void esp_put_policy(struct nlmsghdr *nlh, uint8_t dir, const struct esp_tunnel *tunnel,
                    const struct address *network, uint32_t bits)
{
    uint16_t family = (uint16_t)network->af;
    const struct xfrm_mark mark = {.v = dir == XFRM_POLICY_OUT ? ESP_MARK_OUT : ESP_MARK_IN,
                                   .m = UINT32_MAX};
    const struct xfrm_user_tmpl template = {
        .id = {.daddr = esp_address(tunnel->to), .proto = IPPROTO_ESP},
        .family = family,
        .saddr = esp_address(tunnel->from),
        .reqid = ESP_REQID,
        .mode = XFRM_MODE_TUNNEL,
        .aalgos = UINT32_MAX,
        .ealgos = UINT32_MAX,
        .calgos = UINT32_MAX,
    };
    struct xfrm_userpolicy_info *policy = mnl_nlmsg_put_extra_header(nlh, sizeof(*policy));

    *policy = (struct xfrm_userpolicy_info){
        .sel = {.daddr = esp_address(network), .prefixlen_d = (uint8_t)bits, .family = family},
        .lft = esp_for_ever(),
        .dir = dir,
        .action = XFRM_POLICY_ALLOW,
    };
    mnl_attr_put(nlh, XFRMA_TMPL, sizeof(template), &template);
    mnl_attr_put(nlh, XFRMA_MARK, sizeof(mark), &mark);
}

/* -- Trying it -----------------------------------------------------------------------------------
 */

static int esp_try_text(const struct nlattr *attr, void *data)
{
    if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG &&
        mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) == 0)
        (void)snprintf(data, ESP_WHY_MAX, "%s", mnl_attr_get_str(attr));
    return MNL_CB_OK;
}

static int esp_try_answer(const struct nlmsghdr *nlh, size_t length, char why[ESP_WHY_MAX])
{
    const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);

    if (!mnl_nlmsg_ok(nlh, (int)length) || nlh->nlmsg_type != NLMSG_ERROR ||
        mnl_nlmsg_get_payload_len(nlh) < sizeof(*e))
        return -EPROTO;
    if (e->error && (nlh->nlmsg_flags & NLM_F_ACK_TLVS) && (nlh->nlmsg_flags & NLM_F_CAPPED))
        (void)mnl_attr_parse(nlh, sizeof(*e), esp_try_text, why);
    return e->error;
}

static int esp_try_state(struct mnl_socket *socket, const struct address *end,
                         char why[ESP_WHY_MAX])
{
    static const uint8_t key[ESP_KEY_SIZE];
    const struct esp_tunnel tunnel = {.from = end, .to = end, .spi = ESP_TRY_SPI, .key = key};
    _Alignas(NLMSG_ALIGNTO) char buffer[4096];
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
    ssize_t length;

    nlh->nlmsg_type = XFRM_MSG_NEWSA;
    nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
    esp_put_state(nlh, &tunnel, true);
    if (mnl_socket_sendto(socket, nlh, nlh->nlmsg_len) < 0)
        return -errno;
    length = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));
    return length < 0 ? -errno : esp_try_answer(nlh, (size_t)length, why);
}

static int esp_try_states(struct mnl_socket *socket, char why[ESP_WHY_MAX])
{
    static const struct address v4 = {.af = AF_INET, .bytes = {10, 127, 0, 1}};
    static const struct address v6 = {.af = AF_INET6, .bytes = {0xfd, [15] = 1}};
    int r, on = 1;

    (void)mnl_socket_setsockopt(socket, NETLINK_EXT_ACK, &on, sizeof(on));
    (void)mnl_socket_setsockopt(socket, NETLINK_CAP_ACK, &on, sizeof(on));
    r = esp_try_state(socket, &v4, why);
    return r < 0 ? r : esp_try_state(socket, &v6, why);
}

int esp_try(char why[ESP_WHY_MAX])
{
    struct mnl_socket *socket = mnl_socket_open2(NETLINK_XFRM, SOCK_CLOEXEC);
    int r;

    *why = '\0';
    if (!socket)
        return -errno;
    r = esp_try_states(socket, why);
    mnl_socket_close(socket);
    return r;
}
