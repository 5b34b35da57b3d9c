using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sweeps.Actors.Cluster.Artifacts;
using Sweeps.Actors.Cluster.Coordinator;
using Sweeps.Actors.Devices;

namespace Sweeps.Actors.Cluster.Nodes;

/// <summary>What nodes say to each other, and how it is written: JSON, each kind of message and each body by its name.</summary>
internal static class NodeProtocol
{
    /// <summary>Version of the messages. Nodes of another version are turned away.</summary>
    public const int Version = 2;

    /// <summary>Longest message in bytes: a job or a result with its curve has far less.</summary>
    public const int MaxBytes = 16 << 20;

    /// <summary>What may be said about a device, by name.</summary>
    public static FrozenDictionary<string, Type> Bodies { get; } = new Dictionary<string, Type>(StringComparer.Ordinal)
    {
        ["run"] = typeof(RemoteJob),
        ["cancel"] = typeof(CancelJob),
        ["barrierPassed"] = typeof(BarrierPassed),
        ["leave"] = typeof(LeaveNode),
        ["up"] = typeof(DeviceUp),
        ["measured"] = typeof(DeviceMeasured),
        ["refresh"] = typeof(RefreshDevice),
        ["freed"] = typeof(DeviceFreed),
        ["down"] = typeof(DeviceDown),
        ["lost"] = typeof(DeviceLost),
        ["changed"] = typeof(DeviceChanged),
        ["leaving"] = typeof(NodeLeaving),
        ["started"] = typeof(JobStarted),
        ["jobLost"] = typeof(JobLost),
        ["barrier"] = typeof(StoreBarrier),
        ["written"] = typeof(FilesWritten),
        ["progress"] = typeof(ProgressMessage),
        ["checkpoint"] = typeof(CheckpointMessage),
        ["evaluated"] = typeof(EvaluatedMessage),
        ["result"] = typeof(ResultMessage),
        ["failed"] = typeof(FailedMessage),
        ["cancelled"] = typeof(CancelledMessage),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The messages themselves, by the name that goes with each.</summary>
    public static FrozenDictionary<string, Type> Messages { get; } = new Dictionary<string, Type>(StringComparer.Ordinal)
    {
        ["register"] = typeof(RegisterNode),
        ["welcomed"] = typeof(NodeWelcomed),
        ["turnedAway"] = typeof(NodeTurnedAway),
        ["leads?"] = typeof(LeadAsked),
        ["leads"] = typeof(LeadConfirmed),
        ["frame"] = typeof(LinkFrame),
        ["ask"] = typeof(ClusterQuestion),
        ["answer"] = typeof(ClusterAnswer),
        ["databaseAsked"] = typeof(DatabaseAsked),
        ["databaseSeen"] = typeof(DatabaseSeen),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static JsonSerializerOptions Json { get; } = new(JobJson.Options) { Converters = { new WordConverter() } };

    private static readonly FrozenDictionary<Type, string> _bodyNames = Bodies.ToFrozenDictionary(b => b.Value, b => b.Key);

    private sealed class WordConverter : JsonConverter<LinkWord>
    {
        public override LinkWord Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            using var document = JsonDocument.ParseValue(ref reader);
            var (word, name) = (document.RootElement, "");
            if (word.ValueKind != JsonValueKind.Array || word.GetArrayLength() != 3 || (name = word[1].GetString()) is null
                || !Bodies.TryGetValue(name, out var type))
                throw new JsonException($"'{name}' is nothing that nodes say: expected one of {string.Join(", ", Bodies.Keys)}");
            return new LinkWord(
                word[0].GetString() ?? throw new JsonException("a word without a device"),
                word[2].Deserialize(type, options) ?? throw new JsonException($"a word '{name}' without a body"));
        }

        public override void Write(Utf8JsonWriter writer, LinkWord value, JsonSerializerOptions options)
        {
            writer.WriteStartArray();
            writer.WriteStringValue(value.Device);
            writer.WriteStringValue(_bodyNames[value.Body.GetType()]);
            JsonSerializer.Serialize(writer, value.Body, value.Body.GetType(), options);
            writer.WriteEndArray();
        }
    }
}
