using System.Text;
using Sweeps.Actors.Persistence;
using Sweeps.Actors.Tests.Audit;
using Sweeps.Actors.Trials;
using Sweeps.Tests;

namespace Sweeps.Actors.Tests.Persistence;

/// <summary>Rows whose checksum is right and whose content is not what this program writes: from a program with a fault, or from another version.</summary>
public class JournalRowFuzzTests
{
    [Fact]
    public void A_payload_that_is_no_event_is_refused_whatever_is_wrong_with_it()
    {
        var refused = 0;
        var rows = JournalAuditTests.Events.Select(e => e.Event).DistinctBy(e => e.GetType()).Select(e => SweepJournal.Registry.Serialize(e)).ToList();
        Assert.True(rows.Count > 12);
        foreach (var row in rows)
            foreach (var payload in Mutations.Of(row.Payload.ToArray(), 150, 1))
                if (Mutations.Refuses<EventSerializationException>(payload, () => SweepJournal.Registry.Deserialize(row with { Payload = payload }))) refused++;
        Assert.InRange(refused, rows.Count * 75, rows.Count * 150);
    }

    [Fact]
    public void A_result_without_a_kind_is_refused()
    {
        var row = SweepJournal.Registry.Serialize(JournalAuditTests.Events.Select(e => e.Event).OfType<TrialSucceeded>().First());
        var text = Encoding.UTF8.GetString(row.Payload.Span).Replace("\"kind\":\"prepare\",", "", StringComparison.Ordinal);
        var refused = Assert.Throws<EventSerializationException>(() => SweepJournal.Registry.Deserialize(row with { Payload = Encoding.UTF8.GetBytes(text) }));
        Assert.Contains("trial-succeeded", refused.Message, StringComparison.Ordinal);
    }
}
