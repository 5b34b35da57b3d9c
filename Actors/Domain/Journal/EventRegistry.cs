using System.Collections.Frozen;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Sweeps.Domain.Journal;

/// <summary>
/// Maps stored (name, version) to C# types and back. Only what is registered is written or read; an older version is lifted
/// to the present one, step by step. Immutable, thread-safe; made by <see cref="EventRegistryBuilder"/>.
/// </summary>
/// <remarks>
/// The JSON is strict: unknown and duplicate members are refused, members without a default must be there, nulls only where
/// the type allows them, enums as names, doubles round-trip to the last bit, NaN and infinities are refused.
/// </remarks>
public sealed class EventRegistry
{
    private readonly FrozenDictionary<Type, Registration> _byType;
    private readonly FrozenDictionary<string, Registration> _byName;
    private readonly JsonSerializerOptions _json;

    internal EventRegistry(
        IEnumerable<Registration> registrations, IEnumerable<JsonConverter> converters, IEnumerable<Action<JsonTypeInfo>> modifiers)
    {
        _byType = registrations.ToFrozenDictionary(r => r.Type);
        _byName = registrations.ToFrozenDictionary(r => r.Name, StringComparer.Ordinal);
        _json = new JsonSerializerOptions(JsonSerializerOptions.Strict)
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            // The journal is read by people with sqlite3, never put into HTML.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
        var resolver = new DefaultJsonTypeInfoResolver();
        foreach (var modifier in modifiers) resolver.Modifiers.Add(modifier);
        _json.TypeInfoResolver = resolver;
        foreach (var converter in converters) _json.Converters.Add(converter);
        _json.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
        _json.MakeReadOnly();
    }

    /// <summary>The stored form of an event or a snapshot.</summary>
    /// <param name="value">of a registered type</param>
    /// <param name="large">whether it may have many megabytes: then no buffer of its size stays in the pool of buffers</param>
    /// <exception cref="EventSerializationException">the type is not registered, or holds what JSON cannot (NaN, infinity)</exception>
    public SerializedEvent Serialize(object value, bool large = false)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (!_byType.TryGetValue(value.GetType(), out var registration))
            throw new EventSerializationException($"{value.GetType()} is not registered and cannot be stored");
        try
        {
            if (!large)
                return new SerializedEvent(
                    registration.Name, registration.Version, JsonSerializer.SerializeToUtf8Bytes(value, registration.Type, _json));
            using var stream = new MemoryStream();
            JsonSerializer.Serialize(stream, value, registration.Type, _json);
            return new SerializedEvent(registration.Name, registration.Version, stream.ToArray());
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException or JsonException)
        {
            throw new EventSerializationException($"{registration.Name} cannot be stored (NaN and infinity never are): {e.Message}", e);
        }
    }

    /// <summary>Makes sure that a name and version are known, without reading the payload.</summary>
    /// <exception cref="EventSerializationException">unknown name or version</exception>
    public void Check(SerializedEvent stored)
    {
        ArgumentNullException.ThrowIfNull(stored);
        Find(stored);
    }

    /// <summary>The object behind a stored form.</summary>
    /// <exception cref="EventSerializationException">unknown name or version, or the payload does not fit the type</exception>
    public object Deserialize(SerializedEvent stored)
    {
        ArgumentNullException.ThrowIfNull(stored);
        var registration = Find(stored);
        try
        {
            return stored.Version == registration.Version
                ? JsonSerializer.Deserialize(stored.Payload.Span, registration.Type, _json)
                    ?? throw new JsonException("the payload is null")
                : Upcast(stored, registration);
        }
        // NotSupportedException: no kind where a record has several; the others: a constructor or converter that refuses a value.
        catch (Exception e) when (e is JsonException or NotSupportedException or ArgumentException or InvalidOperationException
            or FormatException)
        {
            throw new EventSerializationException(
                $"'{stored.Name}' version {stored.Version} does not fit {registration.Type.Name}: {e.Message}", e);
        }
    }

    private Registration Find(SerializedEvent stored)
    {
        if (!_byName.TryGetValue(stored.Name, out var registration))
            throw new EventSerializationException($"unknown name '{stored.Name}': written by another or a newer program");
        if (stored.Version > registration.Version)
        {
            throw new EventSerializationException(
                $"'{stored.Name}' has version {stored.Version}, this program knows up to {registration.Version}: written by a newer "
                    + $"program");
        }
        return registration;
    }

    private object Upcast(SerializedEvent stored, Registration registration)
    {
        var json = JsonNode.Parse(stored.Payload.Span) as JsonObject ?? throw new JsonException("the payload is not an object");
        for (var version = stored.Version; version < registration.Version; version++)
        {
            if (!registration.Upcasters.TryGetValue(version, out var upcaster))
                throw new EventSerializationException(
                    $"'{stored.Name}' has version {stored.Version}, and there is no upcaster from version {version}");
            json = upcaster(json);
        }
        return json.Deserialize(registration.Type, _json) ?? throw new JsonException("the payload is null");
    }

    internal sealed record Registration(string Name, int Version, Type Type)
    {
        public Dictionary<int, Func<JsonObject, JsonObject>> Upcasters { get; } = [];
    }
}

/// <summary>Collects the events and snapshot states that a program knows.</summary>
internal sealed class EventRegistryBuilder
{
    private readonly Dictionary<string, EventRegistry.Registration> _registrations = new(StringComparer.Ordinal);
    private readonly List<JsonConverter> _converters = [];
    private readonly List<Action<JsonTypeInfo>> _modifiers = [];

    /// <summary>Registers an event or a snapshot state.</summary>
    /// <param name="name">lower-case words with hyphens; never reused for another meaning</param>
    /// <param name="version">of the present shape, from 1; raise it, and add an upcaster, when old payloads would not fit any more</param>
    /// <exception cref="ArgumentException">the name is malformed, or the name or the type is taken</exception>
    public EventRegistryBuilder Add<T>(string name, int version = 1)
        where T : notnull
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(version);
        if (!name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'))
            throw new ArgumentException($"'{name}' is not a stored name: lower-case letters, digits and hyphens", nameof(name));
        if (_registrations.Values.FirstOrDefault(r => r.Type == typeof(T)) is { } taken)
            throw new ArgumentException($"{typeof(T)} is already registered as '{taken.Name}'", nameof(name));
        if (!_registrations.TryAdd(name, new EventRegistry.Registration(name, version, typeof(T))))
            throw new ArgumentException($"'{name}' is already registered", nameof(name));
        return this;
    }

    /// <summary>Registers how a payload of <paramref name="fromVersion"/> becomes one of the next version.</summary>
    /// <exception cref="ArgumentException">the name is not registered, the version is not an older one, or the step exists</exception>
    public EventRegistryBuilder Upcast(string name, int fromVersion, Func<JsonObject, JsonObject> upcaster)
    {
        if (!_registrations.TryGetValue(name, out var registration))
            throw new ArgumentException($"'{name}' is not registered", nameof(name));
        if (fromVersion < 1 || fromVersion >= registration.Version)
            throw new ArgumentException(
                $"'{name}' has version {registration.Version}: nothing to lift from version {fromVersion}", nameof(fromVersion));
        if (!registration.Upcasters.TryAdd(fromVersion, upcaster))
            throw new ArgumentException($"'{name}' already has an upcaster from version {fromVersion}", nameof(fromVersion));
        return this;
    }

    /// <summary>Adds a converter, e.g. for an id that is written as a string.</summary>
    public EventRegistryBuilder AddConverter(JsonConverter converter)
    {
        _converters.Add(converter);
        return this;
    }

    /// <summary>Adds a change to how types are written, e.g. the names of records that stand for several.</summary>
    public EventRegistryBuilder AddModifier(Action<JsonTypeInfo> modifier)
    {
        _modifiers.Add(modifier);
        return this;
    }

    /// <summary>The registry; the builder is not used afterwards.</summary>
    public EventRegistry Build() => new(_registrations.Values, _converters, _modifiers);
}
