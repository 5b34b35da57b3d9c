using Akka.Configuration;
using Akka.Persistence.Sql;
using Sweeps.Actors.Journal.Sql;

namespace Sweeps.Actors.Journal;

/// <summary>The settings of Akka.Persistence.Sql and of the serializer.</summary>
internal static class JournalPluginConfig
{
    // auto-initialize is off: the tables are ours (Sql/*Schema.cs), made and checked before an actor exists.
    // replay-filter: two writers whose events are mixed end the recovery.
    private const string Requirements = """
        akka {
          actor {
            serializers.sweeps-journal = "Sweeps.Actors.Journal.JournalSerializer, Sweeps.Actors"
            serialization-identifiers { "Sweeps.Actors.Journal.JournalSerializer, Sweeps.Actors" = 7701 }
            serialization-bindings {
              "Sweeps.Actors.Journal.JournalRecord, Sweeps.Actors" = sweeps-journal
              "Sweeps.Actors.Journal.SnapshotRecord, Sweeps.Actors" = sweeps-journal
            }
          }
          persistence {
            journal {
              plugin = "akka.persistence.journal.sql"
              sql {
                auto-initialize = off
                tag-write-mode = TagTable
                replay-filter.mode = fail
              }
            }
            snapshot-store {
              plugin = "akka.persistence.snapshot-store.sql"
              sql.auto-initialize = off
            }
          }
        }
        """;

    // batch-size: how many events may share a transaction; README.md has the measurements.
    // circuit-breaker: a write that takes a minute is given up; after 20 failures in a row the database is left alone for five seconds.
    private const string Defaults = """
        akka.persistence {
          journal.sql {
            batch-size = 1000
            buffer-size = 20000
            replay-batch-size = 1000
            recovery-event-timeout = 60s
            circuit-breaker { max-failures = 20, call-timeout = 60s, reset-timeout = 5s }
          }
          snapshot-store.sql.circuit-breaker { max-failures = 20, call-timeout = 60s, reset-timeout = 5s }
        }
        """;

    /// <summary>What durability and order of events depend on: it goes over all other settings.</summary>
    public static Config Required(SqlStore store) => store.PluginConfig.WithFallback(ConfigurationFactory.ParseString(Requirements));

    public static Config Of(SqlStore store)
        => Required(store).WithFallback(ConfigurationFactory.ParseString(Defaults)).WithFallback(SqlPersistence.DefaultConfiguration);
}
