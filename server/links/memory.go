package links

import (
	"context"
	"sync"

	"github.com/migrationlink/migrationlink"
)

// Memory keeps links as long as the process runs. The zero value is ready to use.
type Memory struct {
	mu    sync.RWMutex
	byOrg map[migrationlink.OrgID]Link
	owner map[Fingerprint]migrationlink.OrgID
	once  map[migrationlink.OrgID]bool // ConnectOnce was called
}

// Connect implements [Links].
func (m *Memory) Connect(_ context.Context, link Link) (Link, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.connect(link)
}

func (m *Memory) connect(link Link) (Link, error) {
	if owner, used := m.owner[link.Token]; used {
		if owner != link.OrgID {
			return Link{}, ErrTokenInUse
		}
		return m.byOrg[link.OrgID], nil
	}
	if m.byOrg == nil {
		m.byOrg = make(map[migrationlink.OrgID]Link)
		m.owner = make(map[Fingerprint]migrationlink.OrgID)
	}
	if before, connected := m.byOrg[link.OrgID]; connected {
		delete(m.owner, before.Token)
	}
	m.byOrg[link.OrgID] = link
	m.owner[link.Token] = link.OrgID
	return link, nil
}

// ConnectOnce implements [Links].
func (m *Memory) ConnectOnce(_ context.Context, link Link) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.once[link.OrgID] {
		return false, nil
	}
	_, connected := m.byOrg[link.OrgID]
	if !connected {
		if _, err := m.connect(link); err != nil {
			return false, err
		}
	}
	if m.once == nil {
		m.once = make(map[migrationlink.OrgID]bool)
	}
	m.once[link.OrgID] = true
	return !connected, nil
}

// Get implements [Links].
func (m *Memory) Get(_ context.Context, org migrationlink.OrgID) (Link, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	link, connected := m.byOrg[org]
	if !connected {
		return Link{}, ErrNotConnected
	}
	return link, nil
}

// Disconnect implements [Links].
func (m *Memory) Disconnect(_ context.Context, org migrationlink.OrgID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	link, connected := m.byOrg[org]
	if !connected {
		return ErrNotConnected
	}
	delete(m.byOrg, org)
	delete(m.owner, link.Token)
	return nil
}
