package probe

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
)

// fetch asks for the URL at the target's address, whatever the URL's host would resolve to. A redirection is an answer, not
// followed.
func (t *Target) fetch(ctx context.Context) error {
	u, err := url.Parse(t.URL)
	if err != nil {
		return err
	}
	port := t.Port
	if port == 0 {
		port = 80
		if u.Scheme == "https" {
			port = 443
		}
		if n, err := strconv.ParseUint(u.Port(), 10, 16); err == nil {
			port = uint16(n)
		}
	}
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return t.dial(ctx, "tcp", port)
	}}
	defer transport.CloseIdleConnections()
	client := http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, t.URL, nil)
	if err != nil {
		return err
	}
	req.Header.Set("User-Agent", "routegate-probe")
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20)); err != nil {
		return err
	}
	switch {
	case t.Status != 0 && resp.StatusCode != t.Status:
		return fmt.Errorf("status %d, wanted is %d", resp.StatusCode, t.Status)
	case t.Status == 0 && resp.StatusCode >= 400:
		return fmt.Errorf("status %s", resp.Status)
	}
	return nil
}
