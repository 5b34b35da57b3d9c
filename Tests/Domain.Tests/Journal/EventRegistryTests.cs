using System.Text;

namespace Sweeps.Domain.Tests.Journal;

public class EventRegistryTests
{
    private static readonly EventRegistry s_registry = new EventRegistryBuilder()
        .Add<Measured>("measured", 3)
        .Upcast("measured", 1, json =>
        {
            json["loss"] = json["lossNats"]!.DeepClone();
            json.Remove("lossNats");
            return json;
        })
        .Upcast("measured", 2, json =>
        {
            json["unit"] = "nats";
            return json;
        })
        .Build();

    private enum Unit
    {
        Nats,
        Bits,
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(-0.0)]
    [InlineData(double.Epsilon)]
    [InlineData(double.MaxValue)]
    [InlineData(1.0000000000000002)]
    public void Doubles_come_back_to_the_last_bit(double loss)
    {
        var back = (Measured)s_registry.Deserialize(s_registry.Serialize(new Measured(loss, Unit.Bits)));
        Assert.Equal(BitConverter.DoubleToInt64Bits(loss), BitConverter.DoubleToInt64Bits(back.Loss));
        Assert.Equal(Unit.Bits, back.Unit);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void What_is_not_a_number_is_never_stored(double loss)
        => Assert.Contains(
            "measured", Assert.Throws<EventSerializationException>(() => s_registry.Serialize(new Measured(loss, Unit.Nats))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void The_stored_form_has_the_name_and_the_version_and_readable_members()
    {
        var stored = s_registry.Serialize(new Measured(0.5, Unit.Nats));
        Assert.Equal(("measured", 3), (stored.Name, stored.Version));
        Assert.Equal("""{"loss":0.5,"unit":"nats","note":null}""", Encoding.UTF8.GetString(stored.Payload.Span));
    }

    [Theory]
    [InlineData("""{"loss":0.5,"unit":"nats","extra":1}""")]
    [InlineData("""{"loss":0.5,"loss":0.6,"unit":"nats"}""")]
    [InlineData("""{"unit":"nats"}""")]
    [InlineData("""{"loss":null,"unit":"nats"}""")]
    [InlineData("""{"loss":"0.5","unit":"nats"}""")]
    [InlineData("""{"loss":0.5,"unit":0}""")]
    [InlineData("""{"loss":0.5,"unit":"nats"} x""")]
    [InlineData("null")]
    [InlineData("")]
    public void A_payload_that_does_not_fit_is_refused(string payload)
        => Assert.Throws<EventSerializationException>(() => s_registry.Deserialize(Stored("measured", 3, payload)));

    [Fact]
    public void A_member_with_a_default_may_be_missing()
        => Assert.Equal(new Measured(0.5, Unit.Nats), s_registry.Deserialize(Stored("measured", 3, """{"loss":0.5,"unit":"nats"}""")));

    [Fact]
    public void Old_versions_are_lifted_step_by_step()
    {
        Assert.Equal(new Measured(0.25, Unit.Nats), s_registry.Deserialize(Stored("measured", 1, """{"lossNats":0.25}""")));
        Assert.Equal(new Measured(0.25, Unit.Nats), s_registry.Deserialize(Stored("measured", 2, """{"loss":0.25}""")));
    }

    [Theory]
    [InlineData("unheard-of", 1, "unknown name")]
    [InlineData("measured", 4, "newer")]
    [InlineData("measured", 0, "no upcaster")]
    public void An_unknown_name_or_version_is_refused(string name, int version, string problem)
        => Assert.Contains(
            problem, Assert.Throws<EventSerializationException>(() => s_registry.Deserialize(Stored(name, version, "{}"))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Only_what_is_registered_is_stored()
        => Assert.Throws<EventSerializationException>(() => s_registry.Serialize("text"));

    [Fact]
    public void Names_and_types_are_registered_once()
    {
        var builder = new EventRegistryBuilder().Add<Measured>("measured", 2);
        Assert.Throws<ArgumentException>(() => builder.Add<string>("measured"));
        Assert.Throws<ArgumentException>(() => builder.Add<Measured>("other"));
        Assert.Throws<ArgumentException>(() => builder.Add<string>("Upper Case"));
        Assert.Throws<ArgumentException>(() => builder.Upcast("measured", 2, json => json));
        Assert.Throws<ArgumentException>(() => builder.Upcast("unknown", 1, json => json));
    }

    private static SerializedEvent Stored(string name, int version, string payload) => new(name, version, Encoding.UTF8.GetBytes(payload));

    private sealed record Measured(double Loss, Unit Unit, string? Note = null);
}
